import { describe, expect, it } from 'vitest'
import { parseDaemonText } from '../../../../src/renderer/lib/daemon-json'

describe('parseDaemonText', () => {
  it('returns the content, and an empty object for an empty text', () => {
    expect(parseDaemonText(' \n')).toEqual({ daemon: {} })
    expect(parseDaemonText('{ "debug": true }')).toEqual({ daemon: { debug: true } })
  })

  it.each([
    ['{\n  "debug": tru\n}', 'syntax', 2, 12],
    ['{\n  "debug": true,\n}', 'syntax', 3, 1],
    ['{ // no\n}', 'syntax', 1, 3],
    ['[]', 'object', 1, 1],
    ['{\n  "debug": true,\n  "hosts": []\n}', 'refused', 3, 3],
    ['{ "debugg": 1 }', 'unknown', 1, 3],
    ['{\n  "dns": [\n    "10.0.0.1",\n    "x"\n  ]\n}', 'type', 4, 5],
    ['{\n "proxies": { "http": "x" } }', 'type', 2, 13],
  ])('finds the line and column of the error in %j', (text, reason, line, column) => {
    expect(parseDaemonText(text)).toMatchObject({ problem: { reason, line, column } })
  })
})
