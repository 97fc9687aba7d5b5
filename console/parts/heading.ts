import { h, type ComponentChildren, type ComponentChild } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** The first page of a visit takes no focus away from the browser; every later one says where one has come to. */
let isFirst = true

/** The heading of a page: its title goes into the tab, and the focus here, so that a screen reader reads on from it. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }): ComponentChild {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (!isFirst) heading.current?.focus()
    isFirst = false
  }, [])
  useEffect(() => {
    document.title = `${title} · Cordon`
  }, [title])
  return h('div', { class: 'heading' }, h('h1', { tabIndex: -1, ref: heading }, title), children)
}
