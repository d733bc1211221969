/** Declares the type of .vue files for tools that cannot read them. vue-tsc uses the real types. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
