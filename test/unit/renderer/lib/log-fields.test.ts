import { describe, expect, it } from 'vitest'
import { fieldsOf } from '../../../../src/renderer/lib/log-fields'

describe('fieldsOf', () => {
  it('puts the message first and keeps the order of the other fields', () => {
    expect(fieldsOf(' {"level":"info","msg":"ready","port":80,"__proto__":{"a":1}} ')).toEqual({
      message: 'ready',
      fields: [
        { name: 'level', value: 'info' },
        { name: 'port', value: '80' },
        { name: '__proto__', value: '{"a":1}' },
      ],
    })
  })

  it.each(['ready', '{"port":80}', '{not json}', '["msg"]', '{"msg":{}}'])('leaves “%s” as it is', (text) => {
    expect(fieldsOf(text)).toBeUndefined()
  })
})
