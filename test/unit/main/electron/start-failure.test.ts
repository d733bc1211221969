import { beforeEach, expect, test, vi } from 'vitest'
import { reportStartFailure } from '../../../../src/main/electron/start-failure'
import { BerthError } from '../../../../src/shared/errors'
import { errorText } from '../../../../src/shared/i18n'
import { dialog, resetElectron } from '../../../support/electron-double'

vi.mock('electron', () => import('../../../support/electron-double'))

beforeEach(resetElectron)

const taken = new BerthError('host.already-running', { pid: 4711, folder: '/home/me/berth' })

test('the dialog about a failed start shows what happened and what to do', () => {
  reportStartFailure(taken, 'en-US')
  expect(dialog.errors).toHaveLength(1)
  expect(dialog.errors[0]?.title).toContain('4711')
  expect(dialog.errors[0]?.title).toContain('/home/me/berth')
  expect(dialog.errors[0]?.content).not.toBe('')
})

test('the dialog about a failed start is Korean for a Korean user', () => {
  reportStartFailure(taken, 'ko-KR')
  expect(dialog.errors[0]?.title).toBe(errorText(taken, 'ko').what)
})

test('the dialog about a failed start shows the detail of an unexpected error', () => {
  reportStartFailure(new TypeError('x is not a function'), 'en')
  expect(dialog.errors[0]?.content).toContain('x is not a function')
})
