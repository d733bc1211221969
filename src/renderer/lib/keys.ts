type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/**
 * A key or a sequence of keys, such as `?`, `mod+k` or `g c`. `mod` is Command on macOS, and Control elsewhere. The
 * names of the keys are those of `KeyboardEvent.key`.
 */
export type Keys = string

/** The letter of a key. With a Korean keyboard, `key` is a Korean letter, so the key's place counts. */
export function letterOf({ key, code }: Pick<Key, 'key' | 'code'>): string {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, '').toLowerCase()
}

/** True if the user can type the keys into a text by accident: one character, or a sequence of characters. */
export function isTypable(keys: Keys): boolean {
  return !keys.includes('+')
}

/** True if an event is one step of some keys, such as `g` of `g c`. */
export function isStep(event: Key, step: string): boolean {
  const parts = step.split('+')
  const key = parts.at(-1) ?? ''
  // Either of the two keys counts as `mod`, because a browser on another system sends what its keyboard has.
  const wantsMod = parts.includes('mod')
  if ((event.ctrlKey || event.metaKey) !== wantsMod || event.altKey) return false
  if (/^[a-z]$/.test(key)) return !event.shiftKey && letterOf(event) === key
  return event.key === key
}

/** Finds the sequence that an event continues or completes. */
export class KeySequences<T extends { keys: Keys }> {
  /** The steps of a sequence that the user has pressed so far. */
  #pressed: string[] = []
  #pressedAt = 0

  /**
   * Returns the binding that the event completes. `time` is in milliseconds. A pause between two keys of a sequence
   * that is longer than `sequencePauseMs` begins a new sequence.
   */
  press(event: Key, time: number, bindings: readonly T[]): T | undefined {
    const pressed = time - this.#pressedAt > sequencePauseMs ? [] : this.#pressed
    this.#pressed = []
    for (const before of pressed.length === 0 ? [pressed] : [pressed, []]) {
      const continued = bindings.filter(({ keys }) => {
        const steps = keys.split(' ')
        const step = steps[before.length]
        return before.every((key, index) => steps[index] === key) && step !== undefined && isStep(event, step)
      })
      const whole = continued.find(({ keys }) => keys.split(' ').length === before.length + 1)
      if (whole !== undefined) return whole
      const [first] = continued
      if (first === undefined) continue
      this.#pressed = first.keys.split(' ').slice(0, before.length + 1)
      this.#pressedAt = time
      return undefined
    }
    return undefined
  }
}

/** The longest pause between two keys of a sequence, in milliseconds. */
export const sequencePauseMs = 1500

const macNames: Partial<Record<string, string>> = {
  mod: '⌘',
  shift: '⇧',
  ctrl: '⌃',
  Enter: '↩',
  Delete: '⌦',
  Escape: 'esc',
}
const names: Partial<Record<string, string>> = { mod: 'Ctrl', shift: 'Shift', ctrl: 'Ctrl', Escape: 'Esc' }
const commonNames: Partial<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  Backquote: '`',
  Plus: '+',
  Minus: '−',
}

/** Returns the names of some keys as the platform's keyboards have them. Each step of a sequence is one list. */
export function keyNames(keys: Keys, mac: boolean): string[][] {
  return keys
    .split(' ')
    .map((step) =>
      step
        .split('+')
        .map(
          (key) =>
            (mac ? macNames : names)[key] ??
            commonNames[key] ??
            (/^[a-z]$/.test(key) ? key.toUpperCase() : key),
        ),
    )
}
