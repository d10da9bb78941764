/* setting.h - the rule of the configuration (contract §6.2, §6.3). Pure; see
 * decision.h.
 *
 * - Only keys of common/configuration.def are set, each to a value it takes.
 * - All of a command is set at once, or nothing.
 * - A value that is set again to what it is makes a new version nevertheless:
 *   who set it when is history. */
#ifndef SETTING_H
#define SETTING_H

#include "decision.h"

decide_rule decide_setting; /* setting.set */

#endif
