import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BuildHistory, type BuildHistoryOptions } from '../../../../src/main/builds/build-history'
import type { EngineChange } from '../../../../src/main/engine'
import { silentLog } from '../../../support/fake-services'

/** How often BuildKit was asked for its events. */
let asked: number
let disconnected: number
const notExpected = () => Promise.reject(new Error('nobody looks at a build'))
let state: EventEmitter<{ change: [EngineChange] }> & { isOnline: boolean }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  asked = disconnected = 0
  state = Object.assign(new EventEmitter<{ change: [EngineChange] }>(), { isOnline: true })
  const openUnixSocket = () => {
    asked += 1
    return Promise.reject(new Error('refused'))
  }
  const options: BuildHistoryOptions = {
    link: { openUnixSocket },
    state,
    buildx: {
      history: notExpected,
      historyLines: notExpected,
      followBuild: notExpected,
    },
    log: silentLog,
    isFollowed: () => false,
    reported: () => undefined,
    connected: () => undefined,
    disconnected: () => {
      disconnected += 1
    },
    changed: () => undefined,
    progressed: () => undefined,
  }
  new BuildHistory(options)
})
afterEach(() => {
  state.isOnline = false
  state.emit('change', { type: 'offline' })
  vi.useRealTimers()
})
const untilDisconnected = (times: number) =>
  vi.waitFor(() => {
    expect(disconnected).toBe(times)
  })

describe('the events of builds', () => {
  it('are asked for again when their stream has ended, later each time', async () => {
    await untilDisconnected(1)
    await vi.advanceTimersByTimeAsync(500)
    await untilDisconnected(2)
    await vi.advanceTimersByTimeAsync(500)
    expect(asked).toBe(2)
    await vi.advanceTimersByTimeAsync(500)
    await untilDisconnected(3)
  })

  it('are not asked for without the engine', async () => {
    await untilDisconnected(1)
    state.isOnline = false
    state.emit('change', { type: 'offline' })
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect([asked, disconnected]).toEqual([1, 1])
  })
})
