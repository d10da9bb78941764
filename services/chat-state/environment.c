#include "environment.h"

struct environment environment;

const struct setting environment_settings[] = {
    {"KRATT_DATABASE", SETTING_SECRET, &environment.writer.database, "kratt.db",
     "path of a SQLite file, or postgresql://…", 0, 0},
    {"KRATT_ADMIN_LOGIN", SETTING_SECRET, &environment.writer.admin_login, "",
     "login of the first administrator, made when there is no account", 0, 0},
    {"KRATT_ADMIN_PASSWORD", SETTING_SECRET, &environment.writer.admin_password, "",
     "the first administrator's password", 0, 0},
    {"KRATT_ADMIN_ID_CODE", SETTING_TEXT, &environment.writer.admin_id_code, "",
     "the first administrator's id code; empty: the login", 0, 0},
    {"KRATT_OPEN_CHATS_MAX", SETTING_NUMBER, &environment.writer.limits.open_chats, "200000",
     "open chats at a time", 1, 1000000},
    {"KRATT_CHAT_MESSAGES_MAX", SETTING_NUMBER, &environment.writer.limits.messages, "10000",
     "message versions in a chat", 10, 10000},
    {"KRATT_CHAT_CHARACTERS_MAX", SETTING_NUMBER, &environment.writer.limits.characters, "4194304",
     "characters in all messages of a chat", 10000, 4194304},
    {"KRATT_TOKENS_MAX", SETTING_NUMBER, &environment.writer.limits.tokens, "1000000",
     "tokens that are good at a time, of end users and agents", 1, 10000000},
    {"KRATT_ACCOUNTS_MAX", SETTING_NUMBER, &environment.writer.limits.accounts, "10000",
     "accounts of people who work with chats", 1, 100000},
    {"KRATT_ASK_PERMISSION_S", SETTING_NUMBER, &environment.writer.limits.ask_permission_s, "60",
     "seconds after which ask-permission becomes ask-permission-ignored; 0: never", 0, 86400},
    {"KRATT_INACTIVE_CHAT_MINUTES", SETTING_NUMBER,
     &environment.writer.limits.inactive_chat_minutes, "0",
     "minutes of silence after which an open chat ends; 0: never", 0, 100000},
    {"KRATT_LOG_HOURS", SETTING_NUMBER, &environment.upkeep.log_hours, "168",
     "hours for which an event stays in the log", 1, 1000000},
    {"KRATT_LOG_EVENTS", SETTING_NUMBER, &environment.upkeep.log_events, "10000000",
     "events that stay in the log", 1000, 1000000000000},
    {"KRATT_SMTP_URL", SETTING_TEXT, &environment.mailer.url, "",
     "mail server for the notices to agents, smtp://HOST:PORT or smtps://HOST:PORT; empty: no "
     "mails",
     0, 0},
    {"KRATT_SMTP_SENDER", SETTING_TEXT, &environment.mailer.sender, "",
     "address that mails are from", 0, 0},
    {"KRATT_SMTP_USER", SETTING_TEXT, &environment.mailer.user, "",
     "name at the mail server; empty: no log-in", 0, 0},
    {"KRATT_SMTP_PASSWORD", SETTING_SECRET, &environment.mailer.password, "",
     "that name's password", 0, 0},
    {"KRATT_SMTP_TLS", SETTING_TEXT, &environment.mailer.tls, "starttls",
     "for smtp://: starttls, without which no mail is sent, or none", 0, 0},
    {"KRATT_SMTP_CA", SETTING_TEXT, &environment.mailer.ca, "",
     "PEM file of who may certify the mail server; empty: the system's", 0, 0},
    {"KRATT_SMTP_RETRY_MS", SETTING_NUMBER, &environment.mailer.retry_ms, "60000",
     "milliseconds before a mail is tried again; doubled by each try, up to an hour", 100, 3600000},
    {"KRATT_SMTP_WAITING_MAX", SETTING_NUMBER, &environment.mailer.most, "2000",
     "mails that wait at a time; one too many is dropped", 1, 10000},
    {"KRATT_BOT_URL", SETTING_TEXT, &environment.bot.url, "",
     "Rasa server whose REST channel answers new chats, http://HOST:PORT; empty: no bot", 0, 0},
    {"KRATT_BOT_CA", SETTING_TEXT, &environment.bot.ca, "",
     "PEM file of who may certify the bot; empty: the system's", 0, 0},
    {"KRATT_BOT_TIMEOUT_MS", SETTING_NUMBER, &environment.bot.timeout_ms, "10000",
     "milliseconds after which a chat whose question the bot has not answered goes to people", 100,
     60000},
    {"KRATT_BOT_WAITING_MAX", SETTING_NUMBER, &environment.bot.most, "500",
     "questions that wait for the bot at a time; one too many goes to people", 1, 1000},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

int environment_check(char why[WHY_MAX])
{
    if (writer_check(&environment.writer, why) == -1 ||
        mailer_check(&environment.mailer, why) == -1)
        return -1;
    return bot_talk_check(&environment.bot, why);
}
