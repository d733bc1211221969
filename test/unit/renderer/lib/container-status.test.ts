import { beforeEach, describe, expect, it } from 'vitest'
import { showLanguage, translate as t } from '../../../../src/renderer/lib/i18n'
import { statusLook, statusText } from '../../../../src/renderer/lib/container-status'
import { roughDuration } from '../../../../src/renderer/lib/durations'
import type { Container } from '../../../../src/shared/containers'
import { container } from '../support'

const now = 1_000_000_000
const minute = 60_000

function text(change: Partial<Container>): string {
  const age = (milliseconds: number) => {
    const { unit, count } = roughDuration(milliseconds)
    return t(`duration.${unit}`, { count }, count)
  }
  return statusText(container(change), now, (key, params) => t(key, params ?? {}), age)
}

describe('statusText', () => {
  beforeEach(() => showLanguage('en'))

  it.each<[Partial<Container>, string]>([
    [{ startedAt: now - 2 * minute }, 'Up 2 minutes'],
    [{ startedAt: now - minute }, 'Up about a minute'],
    [{ startedAt: now - 1000 }, 'Up 1 second'],
    [{ startedAt: now - 2 * minute, health: 'healthy' }, 'Up 2 minutes (healthy)'],
    [{ startedAt: now - 2 * minute, health: 'starting' }, 'Up 2 minutes (health: starting)'],
    [{ state: 'paused', startedAt: now - 2 * minute }, 'Up 2 minutes (paused)'],
    [{ state: 'exited', exitCode: 0, finishedAt: now - 3 * minute }, 'Exited (0) 3 minutes ago'],
    [{ state: 'exited', exitCode: 137, finishedAt: now - 500 }, 'Exited (137) less than a second ago'],
    [{ state: 'restarting', exitCode: 1, finishedAt: now - 5000 }, 'Restarting (1) 5 seconds ago'],
    [{ state: 'created', startedAt: null }, 'Created'],
    [{ state: 'created', startedAt: null, error: 'exec: not found' }, 'Created (start failed)'],
    [{ state: 'removing' }, 'Removing'],
    [{ state: 'dead' }, 'Dead'],
  ])('describes %j as “%s”', (change, expected) => {
    expect(text(change)).toBe(expected)
  })

  it('never shows a negative age if the clocks of the host and the machine differ', () => {
    expect(text({ startedAt: now + 5 * minute })).toBe('Up less than a second')
  })

  it('returns Korean texts if the language is Korean', async () => {
    await showLanguage('ko')
    expect(text({ startedAt: now - 2 * minute })).toBe('2분째 실행 중')
    expect(text({ state: 'exited', exitCode: 0, finishedAt: now - 3 * minute })).toBe('3분 전 종료됨 (0)')
  })
})

describe('statusLook', () => {
  it('shows an unexpected exit code as a failure', () => {
    expect(statusLook(container({ state: 'exited', exitCode: 3 })).tone).toBe('failed')
  })

  it.each([0, 130, 137, 143])(
    'shows exit code %d as a normal end or a requested stop, not as a failure',
    (exitCode) => {
      expect(statusLook(container({ state: 'exited', exitCode })).tone).toBe('stopped')
    },
  )

  it('shows a running but unhealthy container as failed', () => {
    expect(statusLook(container({ health: 'unhealthy' })).tone).toBe('failed')
    expect(statusLook(container({ health: 'healthy' })).tone).toBe('running')
  })
})
