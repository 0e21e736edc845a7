/** The domains that daily-js 0.92 itself names as Daily's; its error tracker is elsewhere. */
export const DAILY_DOMAINS = ["daily.co", "dailywebrtc.com", "dailywebrtc.net"] as const;
