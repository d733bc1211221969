import { beforeAll, describe, expect, it } from 'vitest'
import { GuestClock } from '../../src/main/machine/guest-clock'
import { theMachine, type MachineFixture } from '../support/machine-fixture'

let fixture: MachineFixture
beforeAll(async () => {
  fixture = await theMachine()
})

describe('the guest’s time', () => {
  it.each([3_600, -86_400])('is right again after it was off by %d s', async (seconds) => {
    const { machine, log } = fixture
    const clock = new GuestClock({ link: machine.link, log })
    await machine.link.exec(`date -s "@${String(Math.round(Date.now() / 1000) + seconds)}"`)
    expect(Math.abs((await clock.set()) - seconds * 1000)).toBeLessThan(2_000)
    expect(Math.abs(await clock.set())).toBeLessThan(1_000)
  })
})
