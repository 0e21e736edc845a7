export type WithoutUndefined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value: what is optional is absent, and not there as undefined. */
export function withoutUndefined<T extends object>(fields: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as WithoutUndefined<T>;
}
