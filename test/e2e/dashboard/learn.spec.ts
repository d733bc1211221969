import type { Page } from '@playwright/test'
import { BerthWindow } from '../pages/berth-window'
import { findings, showTheme, themes } from '../support/accessibility'
import { type Dashboard, expect, test } from '../support/dashboard'

test.describe.configure({ mode: 'serial' })

test.describe('Learn in Korean', () => {
  let dashboard: Dashboard
  let page: Page

  test.beforeAll(async ({ dashboard: shared }) => {
    dashboard = shared
    page = await dashboard.open()
    await page.evaluate(() => {
      localStorage.setItem('berth.language', 'ko')
    })
    await page.goto(`${dashboard.origin}/learn`)
  })
  test.afterAll(() => dashboard.leave(page))

  const link = (name: string) => page.getByRole('main').getByRole('link', { name, exact: true })
  const show = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click()

  test('the first lesson is done with the form for a new container, and gets its ticks', async () => {
    await expect(page.getByRole('heading', { level: 1, name: '학습' })).toBeVisible()
    await link('시작').click()
    await expect(page.getByRole('heading', { name: 'hello-world 실행하기' })).toBeVisible()
    const checks = page.getByRole('list', { name: '엔진에서 확인한 것' }).getByRole('listitem')
    await expect(checks.first()).toContainText('berth/learn-hello:latest', { timeout: 60_000 })
    await expect(checks.nth(1)).toContainText('아직 확인되지 않음')
    await page.getByRole('button', { name: '컨테이너 실행 화면 열기' }).click()
    await page.getByRole('button', { name: '컨테이너 실행', exact: true }).click()
    await expect.poll(() => dashboard.docker('ps', '-aq'), { timeout: 60_000 }).not.toBe('')
    await page.getByRole('link', { name: '학습으로 돌아가기' }).last().click()
    await expect(page.getByText('실습 19개 중 1개 완료')).toBeVisible({ timeout: 60_000 })
    await expect(checks.last()).toContainText('종료 코드 0')
    await expect(page.getByText('이 실습을 마쳤습니다.')).toBeVisible()
  })

  test('a reload continues with the next lesson', async () => {
    await page.reload()
    await expect(page.getByText('이 실습을 마쳤습니다.')).toBeVisible()
    await show('학습')
    await link('이어서 하기').click()
    await expect(page.getByRole('heading', { name: '기본 커맨드 대신 다른 명령어 실행하기' })).toBeVisible()
    await dashboard.docker('run', 'berth/learn-hello', 'ls')
    await expect(page.getByText('이 실습을 마쳤습니다.')).toBeVisible({ timeout: 60_000 })
    await page.getByRole('button', { name: '이 실습 건너뛰기' }).waitFor({ state: 'detached' })
  })

  test('the form opens with the command of the lesson', async () => {
    await page.getByRole('button', { name: '컨테이너 실행 화면 열기' }).click()
    await expect(page.getByRole('textbox', { name: '명령어', exact: true })).toHaveValue('ls')
    await page.getByRole('link', { name: '학습으로 돌아가기' }).click()
    await expect(page.getByText('이 실습을 마쳤습니다.')).toBeVisible()
  })

  test('another window may open another lesson, and this one opens its own again', async () => {
    const other = await page.context().newPage()
    await other.goto(`${dashboard.origin}/learn/exec`)
    await expect(other.getByText('docker exec learn-exec ls')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByText('docker run berth/learn-hello ls')).toBeHidden()
    await page.getByRole('button', { name: '여기에서 열기' }).click()
    await expect(page.getByText('docker run berth/learn-hello ls')).toBeVisible({ timeout: 60_000 })
    await other.close()
  })

  for (const colorScheme of themes)
    test(`axe finds no problem (${colorScheme})`, async () => {
      await showTheme(page, colorScheme)
      await show('학습')
      await expect(link('이어서 하기')).toBeVisible()
      expect.soft(await findings(page), 'overview').toEqual([])
      await page.getByRole('link', { name: /Dockerfile로 도커 이미지 만들기/ }).click()
      await expect(page.getByRole('heading', { name: '예제 폴더' })).toBeVisible()
      expect.soft(await findings(page), 'lesson').toEqual([])
      await show('학습')
      await link('지금까지 한 일').click()
      await expect(page.getByRole('heading', { name: '지금까지 한 일' })).toBeVisible()
      expect.soft(await findings(page), 'summary').toEqual([])
      await page.emulateMedia({ colorScheme: null, reducedMotion: null })
    })

  test('the summary lists the commands, and the clean-up removes what the lessons made', async () => {
    await expect(page.getByText('docker run berth/learn-hello ls')).toBeVisible()
    await page.getByRole('button', { name: '만든 것 삭제', exact: true }).click()
    const question = new BerthWindow(page).question('실습에서 만든 것을 모두 삭제할까요?')
    await expect(question).toContainText('이미지 berth/learn-hello:latest')
    await new BerthWindow(page).answer(question, '만든 것 삭제')
    await expect(page.getByText('엔진에 남아 있는 실습 결과물이 없습니다.')).toBeVisible({ timeout: 60_000 })
    await expect(page.getByText('docker run berth/learn-hello ls')).toBeVisible()
    expect(await dashboard.docker('ps', '-aq', '--filter', 'label=berth.learn')).toBe('')
    expect(await dashboard.docker('images', '-q', '--filter', 'label=berth.learn')).toBe('')
  })
})
