import { beforeEach, describe, expect, it, vi } from 'vitest'
import { onSearchShortcut } from '../../../../src/renderer/composables/use-shortcuts'

type Listener = (event: unknown) => void
const page = vi.hoisted(() => ({ listeners: [] as Listener[] }))

vi.mock('@vueuse/core', () => ({
  useEventListener: (_target: unknown, _name: string, listener: Listener) => {
    page.listeners.push(listener)
  },
}))
vi.mock('../../../../src/renderer/stores/preferences', () => ({
  usePreferences: () => ({ typableKeys: true }),
}))

/** An element that a selector finds if it names the element's role. */
class TestElement {
  readonly #role: string
  constructor(role: string) {
    this.#role = role
  }
  closest(selector: string): this | null {
    return selector.split(', ').includes(`[role="${this.#role}"]`) ? this : null
  }
}

/** Presses `/` while an element of a role has the focus. */
function press(role: string): void {
  const event = {
    key: '/',
    code: 'Slash',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    target: new TestElement(role),
    timeStamp: 0,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true
    },
  }
  for (const listener of page.listeners) listener(event)
}

describe('the key of the search field', () => {
  beforeEach(() => {
    page.listeners = []
    vi.stubGlobal('window', {})
    vi.stubGlobal('HTMLElement', TestElement)
    return () => {
      vi.unstubAllGlobals()
    }
  })

  it('belongs to an open menu, a list and a dialog while they have the focus', () => {
    const focus = vi.fn()
    onSearchShortcut(focus)
    for (const role of ['menu', 'listbox', 'combobox', 'dialog']) press(role)
    expect(focus).not.toHaveBeenCalled()
    press('row')
    expect(focus).toHaveBeenCalledOnce()
  })

  it('is left to other parts of the page if there is no field', () => {
    const [header, log] = [vi.fn(), vi.fn()]
    onSearchShortcut(header, () => false)
    onSearchShortcut(log)
    press('row')
    expect(header).not.toHaveBeenCalled()
    expect(log).toHaveBeenCalledOnce()
  })
})
