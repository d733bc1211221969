import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { DiskUsage } from '../../shared/disk'
import { api } from '../api'

/** The last measurements of the disk in this window. */
export const useDiskUsage = defineStore('disk-usage', () => {
  /** What takes the space. The engine needs seconds to calculate it, so only the Disk page asks for it. */
  const usage = shallowRef<DiskUsage>()
  /** The free space, which takes no time to measure. */
  const space = shallowRef<Pick<DiskUsage, 'host' | 'guest'>>()

  /** Measures the free space. After a failure, the last measurement stays. */
  async function measureSpace(): Promise<void> {
    space.value = await api.disk.space().catch(() => space.value)
  }

  return { usage, space, measureSpace }
})
