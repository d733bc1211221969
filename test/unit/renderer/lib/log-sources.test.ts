import { describe, expect, it } from 'vitest'
import { logProjects, logSources } from '../../../../src/renderer/lib/log-sources'
import { container } from '../support'

const kept = { bytes: 1, oldest: 1, newest: 2 }

describe('logSources', () => {
  it('joins a container with the kept logs of its name, and lists removed containers last', () => {
    const web = container({ name: 'web', labels: { 'com.docker.compose.project': 'shop' } })
    const sources = logSources(
      [web],
      [
        { name: 'old', project: 'past', ...kept },
        { name: 'web', project: 'shop', ...kept },
      ],
    )
    expect(
      sources.map(({ name, container: own, kept: log }) => [name, own !== undefined, log !== undefined]),
    ).toEqual([
      ['web', true, true],
      ['old', false, true],
    ])
    expect(logProjects(sources)).toEqual(['past', 'shop'])
  })
})
