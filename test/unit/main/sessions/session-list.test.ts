import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection } from '../../../../src/main/api/implementer'
import { SessionList } from '../../../../src/main/sessions/session-list'
import { silentLog } from '../../../support/fake-services'
import { FakeTerminal } from '../../../support/fake-terminal'

const grace = 1_000

describe('the session list', () => {
  let registry: SessionList
  let owner: Connection

  beforeEach(() => {
    vi.useFakeTimers()
    registry = new SessionList({ log: silentLog, grace })
    owner = new Connection()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function open(connection = owner) {
    const source = new FakeTerminal()
    const session = registry.open({ kind: 'terminal', title: 'shell', source }, connection)
    return { source, id: session.id }
  }

  function view(id: string, connection: Connection) {
    const events = registry.attach(id, 'view', connection, connection.closed)
    void events.next()
  }

  it('lists open sessions', () => {
    const { id } = open()
    expect(registry.list()).toMatchObject([{ id, kind: 'terminal', title: 'shell', ended: false }])
  })

  it('fails for an unknown id', () => {
    expect(() => registry.get('7b0f7f5c-3f5a-4a43-9d6a-6d2f5d2a1c11')).toThrow('This session has ended')
  })

  it('ends a terminal when its owner is gone and the grace period is over', async () => {
    const { source, id } = open()
    owner.close()
    await vi.advanceTimersByTimeAsync(grace - 1)
    expect(source.closed).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(source.closed).toBe(true)
    expect(() => registry.get(id)).toThrow()
  })

  it('keeps a terminal whose window was reloaded', async () => {
    const { source, id } = open()
    owner.close()
    await vi.advanceTimersByTimeAsync(grace / 2)
    view(id, new Connection())
    await vi.advanceTimersByTimeAsync(grace * 2)
    expect(source.closed).toBe(false)
  })

  it('keeps a terminal that a reloaded window does not show, until that window closes, too', async () => {
    const { source, id } = open()
    owner.close()
    const reloaded = new Connection()
    registry.keep(id, reloaded)
    await vi.advanceTimersByTimeAsync(grace * 2)
    expect(source.closed).toBe(false)
    reloaded.close()
    await vi.advanceTimersByTimeAsync(grace)
    expect(source.closed).toBe(true)
    expect(() => {
      registry.keep(id, reloaded)
    }).toThrow('This session has ended')
  })

  it('reports when a session is opened, has ended and is closed', async () => {
    const changes: boolean[][] = []
    registry.on('change', () => changes.push(registry.list().map(({ ended }) => ended)))
    const { source, id } = open()
    source.exit(0)
    await registry.close(id)
    expect(changes).toEqual([[false], [true], []])
  })

  it('ends a terminal when the window that shows it closes, even if the window that opened it is still open', async () => {
    const { source, id } = open()
    const shellWindow = new Connection()
    view(id, shellWindow)
    shellWindow.close()
    await vi.advanceTimersByTimeAsync(grace)
    expect(source.closed).toBe(true)
  })

  it('keeps a terminal as long as one of two windows shows it', async () => {
    const { source, id } = open()
    const second = new Connection()
    const third = new Connection()
    void registry.attach(id, 'second', second, second.closed).next()
    void registry.attach(id, 'third', third, third.closed).next()
    second.close()
    await vi.advanceTimersByTimeAsync(grace)
    expect(source.closed).toBe(false)
    third.close()
    await vi.advanceTimersByTimeAsync(grace)
    expect(source.closed).toBe(true)
  })

  it('ends a terminal whose owner had gone before the terminal was open', async () => {
    owner.close()
    const { source } = open()
    await vi.advanceTimersByTimeAsync(grace)
    expect(source.closed).toBe(true)
  })

  it('keeps an ended session while the owner of the session is still connected', async () => {
    const { source, id } = open()
    source.exit(0)
    await vi.advanceTimersByTimeAsync(grace * 10)
    expect(registry.get(id).ended).toBe(true)
  })

  it('ends a session immediately on request', async () => {
    const { source, id } = open()
    await registry.close(id)
    expect(source.closed).toBe(true)
    await expect(registry.close(id)).rejects.toThrow('This session has ended')
  })

  it('ends every session at shutdown, even if one of them cannot be closed', async () => {
    const broken = open()
    broken.source.close = () => Promise.reject(new Error('stuck'))
    const { source } = open()
    await registry.closeAll()
    expect(source.closed).toBe(true)
    expect(registry.list()).toEqual([])
  })
})
