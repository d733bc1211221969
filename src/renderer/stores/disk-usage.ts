import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { DiskUsage } from '../../shared/disk'

/** The last measurement of the disk in this window. A measurement takes seconds, so only the Disk page asks for one. */
export const useDiskUsage = defineStore('disk-usage', () => ({ usage: shallowRef<DiskUsage>() }))
