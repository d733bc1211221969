import { describe, expect, it } from 'vitest'
import {
  readShellChoices,
  withShellChoice,
  writeShellChoices,
} from '../../../../src/renderer/lib/shell-choices'

describe('the remembered choices of shells', () => {
  it('survive storing, also for an image with the name __proto__', () => {
    const choices = withShellChoice(withShellChoice(new Map(), '__proto__', { user: 'app' }), 'web', {})
    expect(readShellChoices(writeShellChoices(choices))).toEqual(choices)
    expect(choices.get('__proto__')).toEqual({ user: 'app' })
  })

  it('are forgotten, oldest first, when there are more than 200', () => {
    let choices = new Map<string, object>()
    for (let image = 0; image < 201; image++) choices = withShellChoice(choices, String(image), {})
    choices = withShellChoice(choices, '1', { user: 'app' })
    expect(choices.size).toBe(200)
    expect(choices.has('0')).toBe(false)
    expect([...choices.keys()].at(-1)).toBe('1')
  })

  it.each(['', '{', '{}', '[["web",{"shell":"bash"}]]', '[["web",{"folder":"../"}]]', 'null'])(
    'are empty if the stored text is %j',
    (text) => {
      expect(readShellChoices(text)).toEqual(new Map())
    },
  )
})
