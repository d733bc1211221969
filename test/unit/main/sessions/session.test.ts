import { describe, expect, it } from 'vitest'
import { replayUnits, Session } from '../../../../src/main/sessions/session'
import { flowControl } from '../../../../src/shared/flow-control'
import type { SessionEvent } from '../../../../src/shared/sessions'
import { FakeTerminal } from '../../../support/fake-terminal'

const never = () => new AbortController().signal

function open(): { session: Session; terminal: FakeTerminal } {
  const terminal = new FakeTerminal()
  const session = new Session({ kind: 'terminal', title: 'shell', source: terminal })
  session.start()
  return { session, terminal }
}

async function take(events: AsyncGenerator<SessionEvent, void>): Promise<SessionEvent> {
  const next = await events.next()
  if (next.done === true) throw new Error('the session has no more events')
  return next.value
}

/** Reads and acknowledges events until `units` units have arrived. */
async function drain(
  session: Session,
  viewId: string,
  events: AsyncGenerator<SessionEvent, void>,
  units: number,
) {
  let text = ''
  while (text.length < units) {
    const event = await take(events)
    if (event.type === 'output') text += event.text
    if (event.cost > 0) session.acknowledge(viewId, event.cost)
  }
  return text
}

describe('a session', () => {
  it('replays the output that was printed before a view attached', async () => {
    const { session, terminal } = open()
    terminal.print('before ')
    const events = session.attach('view', never())
    expect(await take(events)).toEqual({ type: 'output', text: 'before ', cost: 7 })
    terminal.print('after')
    expect(await take(events)).toEqual({ type: 'output', text: 'after', cost: 5 })
  })

  it('decodes a character whose bytes arrive in two chunks', async () => {
    const { session, terminal } = open()
    const bytes = Buffer.from('한')
    terminal.sink?.bytes(bytes.subarray(0, 1))
    terminal.sink?.bytes(bytes.subarray(1))
    expect(await take(session.attach('view', never()))).toMatchObject({ text: '한' })
  })

  it('shows the rest of a broken character when the source ends', async () => {
    const { session, terminal } = open()
    terminal.sink?.bytes(Buffer.from('한').subarray(0, 2))
    terminal.exit(0)
    expect(await take(session.attach('view', never()))).toMatchObject({ text: '\uFFFD' })
  })

  it('sends nothing more above the high mark until an acknowledgement arrives', async () => {
    const { session, terminal } = open()
    const events = session.attach('view', never())
    const first = take(events)
    for (let chunk = 0; chunk < 40; chunk++) terminal.print('x'.repeat(10_000))
    let sent = (await first).cost
    while (sent <= flowControl.high) sent += (await take(events)).cost
    const stalled = events.next()
    const outcome = await Promise.race([stalled, new Promise((resolve) => setImmediate(resolve, 'stalled'))])
    expect(outcome).toBe('stalled')
    expect(sent).toBeLessThan(flowControl.high + 40_000)
    session.acknowledge('view', sent)
    expect((await stalled).done).toBe(false)
  })

  it('pauses its source above the high mark and resumes its source below the low mark', async () => {
    const { session, terminal } = open()
    const events = session.attach('view', never())
    const first = take(events)
    terminal.print('x'.repeat(flowControl.high))
    await first
    expect(terminal.paused).toBe(false)
    terminal.print('x')
    expect(terminal.paused).toBe(true)
    session.acknowledge('view', flowControl.high - flowControl.low)
    expect(terminal.paused).toBe(true)
    await take(events)
    session.acknowledge('view', flowControl.low)
    expect(terminal.paused).toBe(false)
  })

  it('waits for the slower of two views', async () => {
    const { session, terminal } = open()
    const fast = session.attach('fast', never())
    const slow = session.attach('slow', never())
    const firsts = [take(fast), take(slow)]
    terminal.print('x'.repeat(flowControl.high + 1))
    await Promise.all(firsts)
    session.acknowledge('fast', flowControl.high + 1)
    expect(terminal.paused).toBe(true)
    session.acknowledge('slow', flowControl.high + 1)
    expect(terminal.paused).toBe(false)
  })

  it('continues when the view that blocked the session has closed', async () => {
    const { session, terminal } = open()
    const leaving = new AbortController()
    const events = session.attach('view', leaving.signal)
    const first = take(events)
    terminal.print('x'.repeat(flowControl.high + 1))
    await first
    expect(terminal.paused).toBe(true)
    leaving.abort()
    expect((await events.next()).done).toBe(true)
    expect(terminal.paused).toBe(false)
  })

  it('limits an acknowledgement to the units that were sent', async () => {
    const { session, terminal } = open()
    const events = session.attach('view', never())
    const first = take(events)
    terminal.print('x')
    await first
    session.acknowledge('view', 1_000_000)
    terminal.print('x'.repeat(flowControl.high + 1))
    expect(terminal.paused).toBe(true)
  })

  it('reports that a replay lacks the beginning of the output', async () => {
    const { session, terminal } = open()
    for (let chunk = 0; chunk < 60; chunk++) terminal.print('x'.repeat(10_000))
    const events = session.attach('view', never())
    expect(await take(events)).toEqual({ type: 'truncated', cost: 0 })
    expect(await drain(session, 'view', events, replayUnits)).toHaveLength(replayUnits)
  })

  it('reports its outcome to a view that attaches after the end', async () => {
    const { session, terminal } = open()
    terminal.print('bye')
    terminal.exit(130)
    const events = session.attach('late', never())
    expect(await take(events)).toMatchObject({ text: 'bye' })
    expect(await take(events)).toEqual({ type: 'ended', exitCode: 130, error: null, cost: 0 })
    expect((await events.next()).done).toBe(true)
  })

  it('ignores everything that a source delivers after its end', async () => {
    const { session, terminal } = open()
    terminal.exit(0)
    terminal.print('from the grave')
    terminal.exit(1)
    const events = session.attach('view', never())
    expect(await take(events)).toMatchObject({ type: 'ended', exitCode: 0 })
  })

  it('closes its source and ends, even if the session is closed several times', async () => {
    const { session, terminal } = open()
    await Promise.all([session.close(), session.close()])
    expect(terminal.closed).toBe(true)
    expect(session.ended).toBe(true)
    expect(() => session.terminal).toThrow('This session has ended')
  })

  it('refuses a second view with the same id', async () => {
    const { session, terminal } = open()
    const events = session.attach('view', never())
    const first = take(events)
    terminal.print('x')
    await first
    expect(() => session.attach('view', never())).toThrow('viewId is not valid')
  })
})
