import { describe, expect, it } from 'vitest'
import { readEnvelope } from '../../../../src/main/api/carriers'

describe('a message from a client', () => {
  it.each([
    ['a call', { i: '1', p: { u: '/machine/start', b: { json: { id: 'x' } } } }],
    ['a call without input', { i: 'a9', p: { u: '/app/info' } }],
    ['a cancellation', { i: '1', t: 4 }],
  ])('is accepted if it is %s', (_name, message) => {
    expect(readEnvelope(JSON.stringify(message))).toEqual(message)
  })

  it.each([
    ['binary data', Buffer.from('{}')],
    ['undefined', undefined],
    ['invalid JSON', '{"i":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a call without an id', '{"p":{"u":"/app/info"}}'],
    ['a call with an id of 100 characters', `{"i":"${'1'.repeat(100)}","p":{"u":"/app/info"}}`],
    [
      'a part of a stream, because the contract has no streams from a client',
      '{"i":"1","t":3,"p":{"e":"message","d":1}}',
    ],
    ['an answer', '{"i":"1","t":2,"p":{}}'],
    ['a call with another HTTP method', '{"i":"1","p":{"u":"/app/info","m":"GET"}}'],
    ['a call to another host', '{"i":"1","p":{"u":"http://evil.example/app/info"}}'],
    ['a call with a query', '{"i":"1","p":{"u":"/app/info?data=1"}}'],
  ])('is refused if it is %s', (_name, message) => {
    expect(readEnvelope(message)).toBeUndefined()
  })

  it('loses its headers, because no call needs them', () => {
    expect(
      readEnvelope('{"i":"1","p":{"u":"/app/info","h":{"content-type":"multipart/form-data"}}}'),
    ).toEqual({
      i: '1',
      p: { u: '/app/info', h: {} },
    })
  })
})
