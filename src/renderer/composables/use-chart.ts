import { useElementSize, useMediaQuery } from '@vueuse/core'
import type uPlot from 'uplot'
import { onBeforeUnmount, shallowRef, watch, type ShallowRef } from 'vue'
import { historyMs } from '../../shared/measuring'
import { usePreferences } from '../stores/preferences'

export interface ChartOptions {
  /** The element that gets the graph. */
  element: Readonly<ShallowRef<HTMLElement | null>>
  height: number
  /** Times in seconds, then the values of each line. */
  data: () => [number[], ...(number | null)[][]]
  /** The CSS variable with the colour of each line, such as `--ui-primary`. */
  colours: readonly string[]
  /** Formats a value of the vertical axis. */
  format: (value: number) => string
  /** True if the vertical axis counts bytes in powers of 1024. */
  binary: boolean
  /** The lowest value that the top edge may have. */
  least: () => number
  /** A limit to show as a dashed line. */
  limit: () => number | null
}

const powersOfTwo = Array.from({ length: 45 }, (_, exponent) => 2 ** exponent)

/** While the system asks for less motion, graphs move only this often, in milliseconds. */
const calmMs = 5_000

/**
 * Draws a live graph of the last minutes. Returns the position of the data below the pointer. uPlot is loaded with the
 * first graph.
 */
export function useChart(options: ChartOptions): ShallowRef<number | null> {
  const { element, height, data, colours, format, binary, least, limit } = options
  const preferences = usePreferences()
  const { width } = useElementSize(element)
  const calm = useMediaQuery('(prefers-reduced-motion: reduce)')
  const pointed = shallowRef<number | null>(null)
  let chart: uPlot | undefined
  let drawnAt = 0
  let turn = 0

  function colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  }
  function axis(more: uPlot.Axis): uPlot.Axis {
    const [text, grid] = [colour('--ui-text-muted'), colour('--ui-border')]
    const font = '11px system-ui, sans-serif'
    return { font, stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false }, ...more }
  }
  function drawLimit(drawn: uPlot): void {
    const value = limit()
    if (value === null) return
    const { ctx, bbox } = drawn
    const y = drawn.valToPos(value, 'y', true)
    if (y < bbox.top) return
    ctx.save()
    ctx.strokeStyle = colour('--ui-warning')
    ctx.setLineDash([4, 4])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.restore()
  }
  function configuration(): uPlot.Options {
    return {
      width: Math.max(1, Math.floor(width.value)),
      height,
      padding: [6, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { range: (_chart, _from, to) => [to - historyMs / 1000, to] },
        y: { range: (_chart, _from, to) => [0, Math.max(least(), to * 1.1)] },
      },
      axes: [
        axis({ size: 22, space: 48, incrs: [60, 120, 300], values: (_chart, times) => times.map(minutes) }),
        axis({
          size: 58,
          space: 26,
          values: (_chart, values) => values.map(format),
          ...(binary ? { incrs: powersOfTwo } : {}),
        }),
      ],
      series: [
        {},
        ...colours.map((name, index) => ({
          stroke: colour(name),
          width: 1.5,
          // The second line differs by its dashes too, not only by its colour.
          ...(index === 0
            ? { fill: `color-mix(in srgb, ${colour(name)} 12%, transparent)` }
            : { dash: [5, 3] }),
          points: { show: false },
        })),
      ],
      hooks: {
        draw: [drawLimit],
        setCursor: [
          ({ cursor }) => {
            pointed.value = cursor.idx ?? null
          },
        ],
      },
    }
  }
  function end(): void {
    turn += 1
    chart?.destroy()
    chart = undefined
  }
  async function begin(): Promise<void> {
    end()
    const own = turn
    const { default: UPlot } = await import('uplot')
    const target = element.value
    if (own !== turn || target === null || width.value === 0) return
    chart = new UPlot(configuration(), data(), target)
  }
  watch(width, (now, before) => {
    if (before === 0 || chart === undefined) void begin()
    else if (now > 0) chart.setSize({ width: Math.floor(now), height })
  })
  watch(
    () => preferences.isDark,
    () => void begin(),
    // The colours of the page change first.
    { flush: 'post' },
  )
  watch(data, (current) => {
    if (calm.value && performance.now() - drawnAt < calmMs) return
    drawnAt = performance.now()
    chart?.setData(current)
  })
  onBeforeUnmount(end)
  return pointed
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

function minutes(seconds: number): string {
  return clock.format(seconds * 1000)
}
