import { beforeAll, describe, expect, it } from 'vitest'
import { forecastText } from '../../../../src/renderer/lib/build-forecast'
import { showLanguage } from '../../../../src/renderer/lib/i18n'
import type { ForecastStep } from '../../../../src/shared/build-forecast'

describe('the reason of a step in a forecast', () => {
  beforeAll(() => showLanguage('en'))

  it.each<[ForecastStep['verdict'], ForecastStep['reason'], string]>([
    ['cached', null, ''],
    ['runs', { kind: 'files', names: ['a'], more: 3 }, 'Files have changed: a and 3 more'],
    ['runs', { kind: 'arguments', names: ['A', 'B'] }, 'Build arguments have changed: A, B'],
    ['runs', { kind: 'earlier-step', step: '[1/2] FROM a' }, 'An earlier step runs: [1/2] FROM a'],
    [
      'unsure',
      { kind: 'earlier-step', step: '[1/2] FROM a' },
      'It depends on the result of an earlier step: [1/2] FROM a',
    ],
    [
      'unsure',
      { kind: 'registry', image: 'node' },
      'BuildKit asks the registry, which may have a newer image node.',
    ],
    ['unsure', { kind: 'address', address: 'https://a' }, 'The content of https://a may have changed.'],
    [
      'unsure',
      { kind: 'files', names: ['a', 'b'], more: 0 },
      'Only BuildKit can tell whether the content that it uses has changed: a, b',
    ],
  ])('%s %j', (verdict, reason, text) => {
    expect(forecastText({ verdict, reason })).toBe(text)
  })
})
