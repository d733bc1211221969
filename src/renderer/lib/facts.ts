/** A name and a value on a page. */
export interface Fact {
  label: string
  text: string
  /** The tooltip. */
  title?: string
  /** True for text that a program reads, such as a path. */
  code?: boolean
}
