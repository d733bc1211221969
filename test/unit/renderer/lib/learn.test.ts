import { describe, expect, it } from 'vitest'
import {
  isClearingStep,
  isEditStep,
  lessonOfRoute,
  nextLesson,
  placeRoute,
  unbroken,
  stateOf,
} from '../../../../src/renderer/lib/learn'
import type { LearnState, LessonResult } from '../../../../src/shared/learn'
import { lessonIds } from '../../../../src/shared/lessons'

const result = (id: LessonResult['id'], state: LessonResult['state'] = 'done'): LessonResult => ({
  ...{ id, state, at: 0, commands: [], checks: [] },
})
const open = { id: 'exec' } as NonNullable<LearnState['lesson']>

describe('Learn', () => {
  it('continues with the open lesson, then with the first one without a result', () => {
    expect(nextLesson({ results: [], lesson: null })).toBe('hello')
    expect(nextLesson({ results: [result('hello')], lesson: open })).toBe('exec')
    const results = [result('hello', 'skipped'), result('exec')]
    expect(nextLesson({ results, lesson: open })).toBe('command')
    expect(nextLesson({ results: lessonIds.map((id) => result(id)), lesson: null })).toBeUndefined()
  })

  it('tells the steps apart that are not commands of the lesson itself', () => {
    expect(['docker rm -f -v learn-web', 'docker rm learn-writer'].map(isClearingStep)).toEqual([true, false])
    expect(['# server.js', 'docker ps'].map(isEditStep)).toEqual([true, false])
  })

  it('keeps a flag and a quoted name with its particle on one line, and leaves hyphens inside of words', () => {
    expect(unbroken('‘페이지 요청’을 누르면 ‘다음’ 화면')).toBe('‘페이지 요청’\u2060을 누르면 ‘다음’ 화면')
    expect(unbroken('-f로 (-it, --name) a-b')).toBe('-\u2060f로 (-\u2060it, -\u2060-\u2060name) a-b')
  })

  it('knows the state of each lesson', () => {
    const state = { results: [result('hello', 'skipped')], lesson: open }
    expect(['hello', 'exec', 'stop'].map((id) => stateOf(id as 'hello', state))).toEqual([
      'skipped',
      'open',
      'todo',
    ])
    expect(lessonOfRoute('exec')).toBe('exec')
    expect(lessonOfRoute('constructor')).toBeUndefined()
  })

  it('leads to the container, to its image, or from an image to its newest container', () => {
    const containers = new Map([
      ['c1', { id: 'c1', imageId: 'sha256:a', createdAt: 1 }],
      ['c2', { id: 'c2', imageId: 'sha256:a', createdAt: 2 }],
    ])
    const images = new Map([['sha256:a', {}]])
    const route = (page: 'logs' | 'image' | 'builds' | 'cgroup', id: string | null) =>
      placeRoute({ page, id }, containers, images)
    expect(route('logs', 'c1')).toEqual({ name: 'container', params: { id: 'c1', tab: 'logs' } })
    expect(route('cgroup', 'c1')).toEqual({
      ...{ name: 'container', params: { id: 'c1', tab: 'isolation' }, query: { view: 'cgroup' } },
    })
    expect(route('logs', 'sha256:a')).toEqual({ name: 'container', params: { id: 'c2', tab: 'logs' } })
    expect(route('image', 'c1')).toEqual({ name: 'image', params: { id: 'sha256:a' } })
    expect(route('logs', null)).toEqual({ name: 'logs' })
    expect(route('image', 'sha256:gone')).toBeUndefined()
    expect(route('builds', null)).toEqual({ name: 'builds' })
  })
})
