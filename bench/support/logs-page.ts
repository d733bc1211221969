import { readFile } from 'node:fs/promises'
import type { Browser, Page } from '@playwright/test'
import { createApi } from '../../src/main/api/router'
import type { ApiServices } from '../../src/main/api/implementer'
import { startHeadlessServer } from '../../src/main/headless/server'
import { launchBrowser } from './browser'

/** How the page reads a log: the jumps to each end, and the turns of the mouse wheel after each jump. */
export interface Reading {
  jumps: number
  turns: number
}

/**
 * Opens a log in the real page, jumps between its two ends, and scrolls at each end. Returns the largest memory of the
 * page's process in bytes (its private pages).
 */
export async function logPageMemory(
  services: ApiServices,
  { name, jumps, turns }: Reading & { name: string },
): Promise<number> {
  const server = await startHeadlessServer({
    api: createApi(services),
    rendererFolder: 'dist/renderer',
    port: 0,
  })
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
    await page.goto(server.loginUrl)
    await page.getByRole('link', { name: 'Logs', exact: true }).click()
    await page.getByRole('checkbox', { name }).click()
    const pid = await rendererPid(browser)
    let largest = 0
    for (let jump = 0; jump < jumps; jump++)
      for (const [end, direction] of [
        ['First line', 1],
        ['Last line', -1],
      ] as const) {
        await goTo(page, end)
        for (let turn = 0; turn < turns; turn++) await page.mouse.wheel(0, direction * 4000)
        largest = Math.max(largest, await privateBytes(pid))
      }
    return largest
  } finally {
    await browser.close()
    await server.close()
  }
}

async function goTo(page: Page, end: string): Promise<void> {
  await page.getByRole('button', { name: 'Go to' }).click()
  await page.getByRole('button', { name: end, exact: true }).click()
  await page.getByRole('log').hover()
}

async function rendererPid(browser: Browser): Promise<number> {
  const cdp = await browser.newBrowserCDPSession()
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  // A spare renderer process may wait for the next page. The page's process has needed more processor time.
  const renderers = processInfo.filter(({ type }) => type === 'renderer')
  const [page] = renderers.sort((a, b) => b.cpuTime - a.cpuTime)
  if (page === undefined) throw new Error('the browser has no page')
  return page.id
}

async function privateBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${String(pid)}/smaps_rollup`, 'utf8')
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].map(([, size]) =>
    Number(size),
  )
  return 1024 * kilobytes.reduce((sum, size) => sum + size, 0)
}
