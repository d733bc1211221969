import { nextTick } from 'vue'

/** Moves the focus to a row of the table, or to the page, if the element that had the focus no longer exists. */
export async function rescueFocus(): Promise<void> {
  await nextTick()
  if (document.activeElement !== document.body) return
  const row = document.querySelector<HTMLElement>('[role="row"][tabindex="0"]')
  ;(row ?? document.getElementById('content'))?.focus()
}
