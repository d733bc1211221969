import { expect, it } from 'vitest'
import { recorded } from '../../../../src/main/timelines'
import { TimelineRecorder } from '../../../../src/main/timelines/timeline-recorder'

function beginning() {
  const begun: TimelineRecorder[] = []
  return {
    begun,
    begin: (options: ConstructorParameters<typeof TimelineRecorder>[0]) => {
      const recorder = new TimelineRecorder(options)
      begun.push(recorder)
      return recorder
    },
  }
}

it('ends the timeline with the work', async () => {
  const timelines = beginning()
  const work = recorded(timelines, { kind: 'pull', image: 'web:1' }, async (timeline) => {
    await timeline.during('pull', () => Promise.resolve())
    return 'pulled'
  })
  expect(timelines.begun[0]?.snapshot().state).toBe('running')
  expect(await work).toBe('pulled')
  expect(timelines.begun[0]?.snapshot()).toMatchObject({ origin: 'berth', image: 'web:1', state: 'done' })
})

it('passes on the error of the work, and the timeline has it', async () => {
  const timelines = beginning()
  const failure = new Error('no space')
  const failed = recorded(timelines, { kind: 'build' }, () => Promise.reject(failure))
  await expect(failed).rejects.toBe(failure)
  expect(timelines.begun[0]?.snapshot()).toMatchObject({ state: 'failed', error: { code: 'internal' } })
})

it('does the work without timelines', async () => {
  const work = recorded(undefined, { kind: 'run' }, (timeline) =>
    timeline.during('create', () => Promise.resolve('c1')),
  )
  expect(await work).toBe('c1')
})
