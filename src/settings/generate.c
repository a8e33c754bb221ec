/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is generated from the table of settings:
 *
 *	exflow-settings conf        exflow.conf, every setting commented out
 *	exflow-settings man PAGE    PAGE with its lists of settings made anew
 *
 * PAGE has a pair of marks for each part; what stands between them is
 * replaced.  The texts of the table (setting.h) become comments there and
 * mdoc(7) here.
 */
#include <config.h>

#include "exflow/settings/setting.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "exflow/base/marked_page.h"

#define COLUMNS 79
#define TAB 8
#define ANYWHERE                                                               \
	(SETTING_TOP | SETTING_COLLECTOR | SETTING_ARCHIVE | SETTING_KAFKA)
#define TEXT_SIZE 2048

/* --- words of a text */

/* A word: "(", "`any`" without its quotes, "),". */
struct word {
	char before[4], text[64], behind[8];
	bool quoted;   /* it stood in `…` */
	bool sentence; /* it ends one */
};

/* Take a word off the text; false at the end of it. */
static bool
word_next(const char **text, struct word *word)
{
	const char *at = *text + strspn(*text, " "), *end;
	size_t length = strcspn(at, " ");
	const char *quote = memchr(at, '`', length);

	*text = at;
	if (*at == '\0')
		return false;
	*word = (struct word){ .quoted = quote != NULL };
	if (quote == NULL) {
		snprintf(
		    word->text, sizeof(word->text), "%.*s", (int)length, at);
		end = at + length;
	} else {
		snprintf(word->before, sizeof(word->before), "%.*s",
		    (int)(quote - at), at);
		length = strcspn(quote + 1, "`");
		snprintf(word->text, sizeof(word->text), "%.*s", (int)length,
		    quote + 1);
		at = quote + 1 + length + 1;
		end = at + strcspn(at, " ");
		snprintf(word->behind, sizeof(word->behind), "%.*s",
		    (int)(end - at), at);
	}
	word->sentence = end[-1] == '.';
	*text = end;
	return true;
}

/* A text is built up here. */
struct text {
	char octets[TEXT_SIZE];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void
text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->octets + text->used,
	    sizeof(text->octets) - text->used, format, arguments);
	va_end(arguments);
	if (n > 0 && text->used + (size_t)n < sizeof(text->octets))
		text->used += (size_t)n;
}

/* --- range and default, for both */

/* "{file, tcp}" of "file,tcp". */
static void
add_list(struct text *text, const char *list)
{
	text_add(text, "{");
	for (; *list != '\0'; list++)
		text_add(text, *list == ',' ? "%c " : "%c", *list);
	text_add(text, "}");
}

static void
add_default(struct text *text, const struct setting *setting)
{
	char initial[SETTING_INITIAL_SIZE];

	if (setting->type->clear != NULL && setting->initial != NULL)
		add_list(text, setting->initial);
	else
		text_add(text, "%s", setting_initial(setting, initial));
	if (setting->none != NULL)
		text_add(text, ", %s", setting->none);
	text_add(text, ".");
}

/* "0 (never) or 1 to 86400 seconds; default 5." */
static void
add_range(struct text *text, const struct setting *setting, bool words)
{
	char expected[256];

	if (setting->required) {
		text_add(text, "It has to be there.");
		return;
	}
	setting_expected(setting, expected, sizeof(expected));
	if (setting->type->number || (words && setting->value == NULL))
		text_add(text, "%s; default ", expected);
	else
		text_add(text, "Default: ");
	add_default(text, setting);
}

/* --- exflow.conf */

/* Whether a quoted word is cited in exflow.conf; names of settings are not. */
static bool
is_cited(const struct word *word)
{
	return word->quoted && *word->text != '-' && *word->text != '/' &&
	       setting_find(ANYWHERE, word->text) == NULL;
}

/* A paragraph as a comment, two spaces behind a sentence. */
static void
conf_comment(const char *indent, const char *text)
{
	const size_t begin = *indent != '\0' ? TAB + 1 : 1;
	size_t column = 0, gap = 1;
	struct word word;

	while (word_next(&text, &word)) {
		const char *quote = is_cited(&word) ? "\"" : "";
		size_t length = strlen(word.before) + strlen(word.text) +
		                strlen(word.behind) + 2 * strlen(quote);

		if (column == 0 || column + gap + length > COLUMNS) {
			printf("%s%s#", column > 0 ? "\n" : "", indent);
			column = begin;
			gap = 1;
		}
		printf("%*s%s%s%s%s%s", (int)gap, "", word.before, quote,
		    word.text, quote, word.behind);
		column += gap + length;
		gap = word.sentence ? 2 : 1;
	}
	putchar('\n');
}

static void
conf_setting(const struct setting *setting, const char *indent)
{
	struct text range = { .used = 0 }, value = { .used = 0 };
	char initial[SETTING_INITIAL_SIZE];

	putchar('\n');
	conf_comment(indent, setting->text);
	add_range(&range, setting, true);
	conf_comment(indent, range.octets);
	if (setting->example != NULL)
		text_add(&value, "%s", setting->example);
	else if (setting->type->clear != NULL)
		add_list(&value, setting->initial);
	else
		text_add(&value, "%s", setting_initial(setting, initial));
	printf("%s#%s = %s\n", indent, setting->name, value.octets);
}

static void
conf_section(const struct setting_section *section)
{
	const struct setting *setting;

	printf("\n# %s \"NAME\" { ... } is one output more: %s.\n",
	    section->name, section->help);
	if (section->where == SETTING_COLLECTOR)
		puts("# Any setting of the parts \"IPFIX\" and \"Collectors\" "
		     "that is no list may stand\n"
		     "# beside the address.  Settings that the section does "
		     "not have are as outside.");
	else if (section->where == SETTING_ARCHIVE)
		puts("# Beside these, biflow and profile may stand there.");
	else
		puts("# Beside these, those of records, columns, times, the "
		     "queue, the spool and the\n"
		     "# timeouts may stand there.");
	/* Two outputs of one name would share a spool. */
	printf("#%s \"%s\" {", section->name,
	    section->where == SETTING_KAFKA ? "flows" : "example");
	for (size_t i = 0;
	     (setting = setting_next(section->where, &i)) != NULL;)
		if ((setting->where & SETTING_TOP) == 0)
			conf_setting(setting, "\t");
	puts("#}");
}

/* Whether a part has what makes it an output, which stands nowhere else. */
static bool
part_has(const struct setting_part *part, const struct setting_section *section)
{
	for (size_t i = 0; i < part->count; i++)
		if (part->settings[i].where == section->where &&
		    part->settings[i].required)
			return true;
	return false;
}

static void
conf_part(const struct setting_part *part)
{
	printf("\n# --- %s\n", part->title);
	for (size_t i = 0; i < part->count; i++)
		if ((part->settings[i].where & SETTING_TOP) != 0)
			conf_setting(&part->settings[i], "");
	for (size_t n = 0; n < SETTING_SECTIONS; n++)
		if (part_has(part, &setting_sections[n]))
			conf_section(&setting_sections[n]);
}

static int
conf(void)
{
	puts(
	    "# exflow.conf: settings of exflow(8), see exflow.conf(5).\n"
	    "#\n"
	    "# Every setting stands here, commented out, with its default, or "
	    "an example if it\n"
	    "# has none.  exflow reads this file when -c names it; the command "
	    "line overrides\n"
	    "# it.  \"exflow -t -c FILE\" checks it.\n"
	    "#\n"
	    "# Quote values with other characters than letters, digits, "
	    "\".\", \"-\", \"_\", \"/\"\n"
	    "# and \":\", as in \"tcp port 80\".  A list is {one, two}.");
	for (size_t i = 0; i < SETTING_PARTS; i++)
		conf_part(setting_parts[i]);
	return ferror(stdout) != 0;
}

/* --- the manual */

static void
man_break(size_t *column)
{
	if (*column > 0)
		putchar('\n');
	*column = 0;
}

/* The macro of a quoted word: an option, a path, a setting, a word. */
static const char *
man_macro(const char *text)
{
	if (*text == '-')
		return text[1] == '-' ? "Fl Fl" : "Fl";
	if (*text == '/' || *text == '.')
		return "Pa";
	return setting_find(ANYWHERE, text) != NULL ? "Ic" : "Cm";
}

/* Punctuation on a macro's line stands apart. */
static void
man_punctuation(const char *text)
{
	for (; *text != '\0'; text++)
		printf(" %c", *text);
}

static void
man_quoted(const struct word *word, size_t *column)
{
	const char *text = word->text + strspn(word->text, "-");

	man_break(column);
	printf(".%s", man_macro(word->text));
	man_punctuation(word->before);
	printf(" %s%s", *text == '.' || *text == '%' ? "\\&" : "", text);
	man_punctuation(word->behind);
	putchar('\n');
}

/* "exflow(8)," is a page: its name and its section, 0 where it is none. */
static char
man_page(const char *text, char name[64], const char **behind)
{
	const char *open = strchr(text, '(');

	if (open == NULL || open == text || !isdigit((unsigned char)open[1]) ||
	    open[2] != ')')
		return 0;
	snprintf(name, 64, "%.*s", (int)(open - text), text);
	*behind = open + 3;
	return open[1];
}

static void
man_plain(const struct word *word, size_t *column)
{
	char name[64];
	const char *behind;
	char section = man_page(word->text, name, &behind);

	if (section != 0) {
		man_break(column);
		printf(".Xr %s %c", name, section);
		man_punctuation(behind);
		putchar('\n');
		return;
	}
	if (*column + 1 + strlen(word->text) > COLUMNS)
		man_break(column);
	if (*column > 0)
		*column += (size_t)printf(" ");
	*column += (size_t)printf("%s", word->text);
	if (word->sentence) /* the next one begins a line */
		man_break(column);
}

static void
man_paragraph(const char *text)
{
	struct word word;
	size_t column = 0;

	while (text != NULL && word_next(&text, &word))
		if (word.quoted)
			man_quoted(&word, &column);
		else
			man_plain(&word, &column);
	man_break(&column);
}

/* ".It Ic name No = Ar seconds" */
static void
man_item(const struct setting *setting)
{
	printf(".It Ic %s No = ", setting->name);
	if (setting->value != NULL)
		printf("Ar %s\n", setting->value);
	else if (setting->type->number)
		printf("Ar %s\n",
		    setting->unit != NULL ? setting->unit : "number");
	else if (setting->words[0] == NULL)
		puts("Cm yes | no");
	else
		for (size_t i = 0; setting->words[i] != NULL; i++)
			printf("%s%s%s", i == 0 ? "Cm " : " | ",
			    setting->words[i],
			    setting->words[i + 1] == NULL ? "\n" : "");
}

static void
man_part(const void *what)
{
	const struct setting_part *part = what;

	for (size_t i = 0; i < part->count; i++) {
		const struct setting *setting = &part->settings[i];
		struct text range = { .used = 0 };

		man_item(setting);
		man_paragraph(setting->text);
		man_paragraph(setting->more);
		add_range(&range, setting, false);
		man_paragraph(range.octets);
		if (setting->restart)
			puts("A change needs a restart.");
	}
}

static int
man(const char *path)
{
	struct marked_part parts[SETTING_PARTS];

	for (size_t i = 0; i < SETTING_PARTS; i++)
		parts[i] = (struct marked_part){ setting_parts[i]->title,
			man_part, setting_parts[i] };
	return marked_page_print(path, "settings", parts, SETTING_PARTS);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "conf") == 0)
		return conf();
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return man(argv[2]);
	fputs("usage: exflow-settings conf | man PAGE\n", stderr);
	return 2;
}
