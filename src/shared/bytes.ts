const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Formats disk space like the Docker CLI, in powers of 1000 with three significant digits: `4.26 MB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes)
  let index = 0
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1000
    index++
  }
  const digits = index === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${String(Number(value.toFixed(digits)))} ${units[index] ?? 'B'}`
}

/** Formats memory in powers of 1024: `1.9 GiB`. */
export function formatMemory(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3
  return gibibytes >= 1
    ? `${String(Number(gibibytes.toFixed(1)))} GiB`
    : `${String(Math.round(bytes / 1024 ** 2))} MiB`
}
