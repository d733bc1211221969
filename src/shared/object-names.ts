import { z } from 'zod'

/** The engine's own rule for the names of containers and volumes (`[a-zA-Z0-9][a-zA-Z0-9_.-]+`). */
export const objectNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)
  .max(255)

export const environmentVariableSchema = z.object({
  name: z.string().regex(/^[^=\s\0]+$/),
  value: z.string().regex(/^[^\0]*$/),
})
