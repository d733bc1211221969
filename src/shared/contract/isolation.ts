import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { filePathSchema } from '../files'
import {
  changeableLimitsSchema,
  currentLimitsSchema,
  isolationEventSchema,
  layerChangesSchema,
  layersSchema,
  openFilesSchema,
  pathOriginSchema,
  refusalsSchema,
} from '../isolation'
import { containerId, nothing, procedure } from './procedure'

/** How the kernel isolates a container. Reading changes nothing in the container. */
export const isolation = {
  /** Sends the namespaces, the cgroup, the rights and the mounts of a running container, whenever they have changed. */
  watch: procedure.input(containerId).output(eventIterator(isolationEventSchema)),
  /** Sends what a process of a running container has open, whenever it has changed. Ends with the process. */
  process: procedure
    .input(containerId.extend({ pid: z.number().int().positive(), start: z.number().int().nonnegative() }))
    .output(eventIterator(openFilesSchema)),
  /**
   * Sends the system calls that the kernel refuses to a container from now on, whenever the list has changed. Ends
   * after a minute, or when the container stops.
   */
  refusals: procedure.input(containerId).output(eventIterator(refusalsSchema)),
  /** Returns the layers of a container's file system. */
  layers: procedure.input(containerId).output(layersSchema),
  /** Finds the layers that have a path. */
  path: procedure.input(containerId.extend({ path: filePathSchema })).output(pathOriginSchema),
  /** Lists what the container has changed in its own layer. */
  changes: procedure.input(containerId).output(layerChangesSchema),
  /** Returns the limits that the engine has stored for a container. */
  limits: procedure.input(containerId).output(currentLimitsSchema),
  /** Changes the limits. A running container keeps running. */
  setLimits: procedure.input(containerId.extend({ limits: changeableLimitsSchema })).output(nothing),
}
