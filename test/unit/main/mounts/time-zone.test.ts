import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timeZoneFile } from '../../../../src/main/mounts/time-zone'

describe('a generated time zone file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'berth-zone-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it.each([
    'Asia/Seoul',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'UTC',
    'Africa/Casablanca',
    'Asia/Gaza',
    'America/Recife',
  ])('for %s gives the C library the same local times as JavaScript', (timeZone) => {
    const file = join(folder, timeZone.replace('/', '-'))
    writeFileSync(file, timeZoneFile(timeZone))
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    for (const at of [
      '1975-06-01',
      '1999-12-31',
      '2000-10-12',
      '2024-03-31',
      '2024-03-10T12:00',
      '2026-07-01',
      '2040-10-24',
      '2045-01-01',
    ]) {
      const time = Date.parse(at.length > 10 ? `${at}Z` : at)
      const zone = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      const offset = zone === 'GMT' ? '+00:00' : zone.slice(3)
      const shown = execFileSync('date', ['-d', `@${time / 1000}`, '+%:z'], { env: { TZ: `:${file}` } })
      expect(`${at} ${shown.toString().trim()}`).toBe(`${at} ${offset}`)
    }
  })
})
