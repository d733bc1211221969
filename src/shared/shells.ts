import { z } from 'zod'

/** Berth's own shell for a container: the machine's tools in the container's namespaces. */
export const toolShell = 'tools'

/** A path may have any character except control characters. */
const absolutePath = z
  .string()
  .max(4096)
  .regex(/^\/\P{Cc}*$/u)

/** The user of a shell as in `docker exec --user`: a name or number, and after a colon a group. */
export const shellUserSchema = z.string().regex(/^[\w.][\w.$@-]{0,63}(?::[\w.][\w.$@-]{0,63})?$/)
export const shellFolderSchema = absolutePath

/** How to open a shell of a container. Berth chooses what is left out. */
export const shellChoiceSchema = z.object({
  /** The path of a program in the container, or {@link toolShell}. Left out: bash if the container has it, or sh. */
  shell: z.union([z.literal(toolShell), absolutePath]).optional(),
  /** Left out: the user of the container's own processes. */
  user: shellUserSchema.optional(),
  /** Left out: the working directory of the container's own processes. */
  folder: shellFolderSchema.optional(),
})
export type ShellChoice = z.infer<typeof shellChoiceSchema>

/** What a container offers for {@link ShellChoice}. */
export const shellOffersSchema = z.object({
  /** The paths of the shells in the container. */
  shells: z.array(z.string()),
  /** The names in the container's /etc/passwd. */
  users: z.array(z.string()),
  /** The user and the working directory of the container's own processes. */
  user: z.string(),
  folder: z.string(),
})
export type ShellOffers = z.infer<typeof shellOffersSchema>
