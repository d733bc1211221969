import type { CDPSession, Page } from '@playwright/test'
import { createApi } from '../src/main/api/router'
import { startHeadlessServer } from '../src/main/headless/server'
import type { Container } from '../src/shared/containers'
import { launchBrowser } from './support/browser'
import { RecordedState, recordedContainers, recordedServices } from './support/recorded-engine'
import { median, type BenchOptions, type BenchResult } from './support/result'

/** A table of this height shows every row. One row is 40 pixels high. */
const wholeHeight = 400_000

/**
 * Measures the list of 5,000 containers of a recorded engine in Debian's Chromium, over the real carrier: the time to
 * the first rows, the time from an event to its row, the longest frame while scrolling, and the memory after 10,000
 * events. The peer of the first time is the same list without virtualisation.
 */
export default async function ({ smoke }: BenchOptions = {}): Promise<BenchResult> {
  const count = smoke ? 200 : 5_000
  const state = new RecordedState(recordedContainers(count))
  const api = createApi(recordedServices(state))
  const server = await startHeadlessServer({ api, rendererFolder: 'dist/renderer', port: 0 })
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1920, height: 800 }, locale: 'en-US' })
    await page.addInitScript({ path: 'bench/support/list-page.js' })
    await page.goto(server.loginUrl)
    await page.getByRole('navigation').waitFor()
    // The first visit also loads the page's script. It does not count.
    await openings(page, 1, 5)
    const ours = await openings(page, smoke ? 1 : 5, 5)
    await page.evaluate(`listBench.setHeight(${String(wholeHeight)})`)
    const theirs = await openings(page, 1, count)
    await page.evaluate('listBench.setHeight(0)')
    await openings(page, 1, 5)
    const events = await eventTimes(page, state, smoke ? 5 : 50)
    const longestFrame = await page.evaluate<number>(`listBench.scroll(${smoke ? '20' : '200'})`)
    const growth = await memoryGrowth(page, state, smoke ? 100 : 10_000)
    const figures = {
      first_rows_ms: median(ours),
      unvirtualised_ms: median(theirs),
      event_median_ms: median(events),
      event_longest_ms: Math.max(...events),
      longest_frame_ms: longestFrame,
      memory_growth_mb: growth,
    }
    return {
      name: 'list',
      ratios: { unvirtualised: figures.first_rows_ms / figures.unvirtualised_ms },
      figures,
      table: [
        [`list of ${String(count)} containers`, 'figure'],
        ['first rows', `${figures.first_rows_ms.toFixed(0)} ms`],
        ['the same without virtualisation', `${figures.unvirtualised_ms.toFixed(0)} ms`],
        ['event to screen, median', `${figures.event_median_ms.toFixed(1)} ms`],
        ['event to screen, longest', `${figures.event_longest_ms.toFixed(1)} ms`],
        ['longest frame while scrolling', `${figures.longest_frame_ms.toFixed(1)} ms`],
        ['memory after all events', `${figures.memory_growth_mb.toFixed(2)} MB more`],
      ],
    }
  } finally {
    await browser.close()
    await server.close()
  }
}

/** Opens the list several times. Returns the milliseconds until this many rows were painted. */
async function openings(page: Page, rounds: number, rows: number): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++)
    times.push(await page.evaluate<number>(`listBench.open(${String(rows)})`))
  return times
}

async function shownContainers(page: Page, state: RecordedState): Promise<Container[]> {
  const names = new Set(await page.evaluate<string[]>('listBench.names()'))
  const shown = [...state.containers.values()].filter(({ name }) => names.has(name))
  if (shown.length === 0) throw new Error('the list shows no container')
  return shown
}

/** Changes containers whose rows are on the screen. Returns the milliseconds from each event to its painted row. */
async function eventTimes(page: Page, state: RecordedState, count: number): Promise<number[]> {
  const shown = await shownContainers(page, state)
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const command = `changed ${String(index)}`
    const painted = page.evaluate<number>(`listBench.painted(${JSON.stringify(command)})`)
    // The page must be looking before the event.
    await page.evaluate('0')
    const begin = performance.timeOrigin + performance.now()
    changeCommand(state, shown[index % shown.length], command)
    times.push((await painted) - begin)
  }
  return times
}

/** Returns how many megabytes the page's memory has grown after this many events. */
async function memoryGrowth(page: Page, state: RecordedState, count: number): Promise<number> {
  const cdp = await page.context().newCDPSession(page)
  // The first events fill caches, such as compiled code. They do not count.
  await send(page, state, Math.ceil(count / 10), 'warm')
  const before = await usedBytes(cdp)
  await send(page, state, count, 'event')
  return ((await usedBytes(cdp)) - before) / 1_000_000
}

/** Sends events for all containers in turn. Resolves when the page shows the last event. */
async function send(page: Page, state: RecordedState, count: number, word: string): Promise<void> {
  const containers = [...state.containers.values()]
  for (let index = 0; index < count; index++) {
    changeCommand(state, containers[index % containers.length], `${word} ${String(index)}`)
    // The carrier sends between the events, as it does in use.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const [shown] = await shownContainers(page, state)
  changeCommand(state, shown, `${word} last`)
  await page.evaluate(`listBench.painted('${word} last')`)
}

function changeCommand(state: RecordedState, container: Container | undefined, command: string): void {
  if (container === undefined) throw new Error('the engine has no container')
  state.change({ ...container, command })
}

async function usedBytes(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage')
  return (await cdp.send('Runtime.getHeapUsage')).usedSize
}
