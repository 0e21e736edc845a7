import type { CostLimit, Spend } from "./cost-types.ts";

/** Money for people: two decimals, more for amounts below one cent. */
export function formatMoney(money: number, currency?: string): string {
  const amount = money > 0 && money < 0.01 ? money.toPrecision(2) : money.toFixed(2);
  return currency === undefined ? amount : `${amount} ${currency}`;
}

/** Minutes for people. */
export function formatMinutes(minutes: number): string {
  return `${minutes.toFixed(1)} min`;
}

/** Time and money for people: "12.5 min, 4.63 USD". */
export function formatSpend({ minutes, money }: Spend, currency?: string): string {
  return money === undefined ? formatMinutes(minutes) : `${formatMinutes(minutes)}, ${formatMoney(money, currency)}`;
}

/** A limit for people: "20.0 min or 5.00 USD". */
export function formatLimit({ minutes, money }: CostLimit, currency?: string): string {
  const parts = [
    minutes === undefined ? [] : formatMinutes(minutes),
    money === undefined ? [] : formatMoney(money, currency),
  ];
  return parts.flat().join(" or ");
}
