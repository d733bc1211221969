import { beforeEach, expect, test, vi } from 'vitest'
import { claimSingleInstance } from '../../../../src/main/electron/single-instance'
import { app, resetElectron } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

test('the first instance continues, and is notified when a second instance starts', () => {
  const show = vi.fn()
  expect(claimSingleInstance(show)).toBe(true)
  expect(show).not.toHaveBeenCalled()
  app.emit('second-instance', {}, ['berth'], '/', undefined)
  expect(show).toHaveBeenCalledOnce()
  expect(app.ended).toBe(false)
})

test('a second instance quits', () => {
  app.otherInstance = true
  expect(claimSingleInstance(vi.fn())).toBe(false)
  expect(app.ended).toBe(true)
})
