/**
 * Whether a full stop after an abbreviation, an initial or a number ends a sentence. "wait": the next word decides and
 * is not complete yet.
 */
export type FullStop = "ends" | "continues" | "wait";

const toWordSet = (words: string): ReadonlySet<string> => new Set(words.split(" "));

/** Abbreviations that a name follows. */
const TITLES = toWordSet(
  "mr mrs ms mx messrs dr prof hon gen col capt cmdr lt sgt gov sen rep pres hr hrn fr mme mlle sra srta",
);
/** Abbreviations that a number follows; otherwise some of them are words. */
const BEFORE_NUMBERS = toWordSet("no nos nr vol fig figs ch sec art p pp approx ca est");
/** Abbreviations that never end a sentence. */
const INNER = toWordSet("e.g i.e eg ie cf vs bzw z.b d.h u.a");
/** Abbreviations that may end a sentence. */
const OPEN = toWordSet(
  "st mt ave blvd rd sq ft in lb lbs oz hwy apt appt dept jr sr inc ltd co corp bros etc al ed eds rev a.m p.m am pm ph.d " +
    "jan feb mar apr jun jul aug sep sept oct nov dec usw",
);
/** Words that begin sentences and are not names: after an abbreviation, they begin a new sentence. */
const STARTERS = toWordSet(
  "i you he she it we they my your his her its our their this that these those there here the a an " +
    "who what when where why which whose how is are am was were do does did have has had can could would should shall must " +
    "if then so but and or because although while since once before after until unless as at by for from in on to with " +
    "not no yes yeah yep nope ok okay sure well now today tomorrow yesterday soon later maybe perhaps please thanks thank " +
    "great good fine perfect right nice sorry hello hi hey oh ah let come go see take try call ask tell say think look wait " +
    "both either neither each every all any some many most much more one also just only even still again next first " +
    "finally however therefore otherwise meanwhile instead anyway actually unfortunately everyone nobody nothing something",
);

/**
 * Judges the full stop between `before` (the sentence so far) and `after` (the text after it, without leading white
 * space).
 */
export function judgeFullStop(before: string, after: string): FullStop {
  const word = /[\p{L}.]+$/u.exec(before)?.[0] ?? "";
  const key = word.toLowerCase();
  if (TITLES.has(key) || INNER.has(key)) return "continues";
  if (BEFORE_NUMBERS.has(key)) return /^[\d#]/u.test(after) ? "continues" : "ends";
  if (isInitial(word))
    return word === "I" && !/\p{Lu}\p{L}*\.?\s+I$/u.test(before) ? judgeAfterI(after) : judgeByNextWord(after);
  return OPEN.has(key) || /^(?:\p{L}\.)+\p{L}$/u.test(word) ? judgeByNextWord(after) : "ends";
}

/** Whether the word is an initial, such as "J". */
function isInitial(word: string): boolean {
  return /^\p{L}$/u.test(word);
}

/** Judges a full stop after "I": "So do I. Maybe" ends, "Am I. M. Pei's" does not. */
function judgeAfterI(after: string): FullStop {
  if (/^\p{Lu}$/u.test(after)) return "wait";
  return /^\p{Lu}\./u.test(after) ? judgeByNextWord(after) : "ends";
}

function judgeByNextWord(after: string): FullStop {
  const [, word = "", rest = ""] = /^["'“‘«(¿¡]*([\p{L}\p{N}]*)(.*)/su.exec(after) ?? [];
  if (rest === "") return "wait";
  // "I" followed by a full stop is the next initial.
  const initial = word.length === 1 && rest.startsWith(".");
  return /^[\p{Lu}\p{Lt}]/u.test(word) && STARTERS.has(word.toLowerCase()) && !initial ? "ends" : "continues";
}
