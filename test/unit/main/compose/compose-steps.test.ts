import { describe, expect, it } from 'vitest'
import { ComposeSteps } from '../../../../src/main/compose/compose-steps'

/** Takes these lines, and returns what began and ended. */
function taken(...lines: string[]): string[] {
  const seen: string[] = []
  const steps = new ComposeSteps({
    begin: (name, label = '') => {
      seen.push(`${name} ${label}`)
      return (error) => {
        seen.push(`${error === undefined ? 'end' : 'failed'} ${name} ${label}`)
      }
    },
  })
  for (const line of lines) steps.take(line)
  return seen
}

describe('the steps of docker compose up', () => {
  it('begin and end with the words of compose', () => {
    expect(
      taken(
        ' Network shop_default  Creating',
        ' Network shop_default  Created',
        ' Volume "shop_data"  Creating',
        ' Container shop-db-1  Creating',
        ' Volume "shop_data"  Created',
        ' Container shop-db-1  Created',
        ' Container shop-db-1  Starting',
        ' Container shop-db-1  Started',
        ' Container shop-db-1  Waiting',
        ' Container shop-db-1  Healthy',
        ' web Pulling ',
        ' web Pulled ',
      ),
    ).toEqual([
      'makeNetwork shop_default',
      'end makeNetwork shop_default',
      'makeVolume shop_data',
      'create shop-db-1',
      'end makeVolume shop_data',
      'end create shop-db-1',
      'start shop-db-1',
      'end start shop-db-1',
      'healthy shop-db-1',
      'end healthy shop-db-1',
      'pull web',
      'end pull web',
    ])
  })

  it('fail with the word Error', () => {
    expect(taken(' Container a  Starting', ' Container b  Starting', ' Container a  Error')).toEqual([
      'start a',
      'start b',
      'failed start a',
    ])
  })

  it('ignore other lines, an end without a begin, and a second begin', () => {
    expect(
      taken(
        '#5 [2/3] RUN Creating',
        'Creating',
        '',
        ' Container a  Running',
        ' Container a  Started',
        ' Container a  Starting',
        ' Container a  Starting',
      ),
    ).toEqual(['start a'])
  })

  it('are at most 300', () => {
    const lines = Array.from({ length: 400 }, (_, index) => ` Container a-${String(index)}  Creating`)
    expect(taken(...lines)).toHaveLength(300)
  })
})
