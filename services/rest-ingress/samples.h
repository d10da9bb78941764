/* samples.h - examples of what is asked and answered, as files that embed.cmake
 * puts into the program: samples/<endpoint>.<kind>.<name>.json. All that the
 * original list of events shows (seed.md) are there, to the letter. */
#ifndef SAMPLES_H
#define SAMPLES_H

struct sample {
    const char *path; /* of the endpoint */
    /* "request": a body; "answer": one; "data": what stands under "data" in
     * one; "frame": what a stream's frame tells */
    const char *kind;
    const char *name;
    const char *text; /* JSON */
};

/* All of them; ends at a NULL path. */
extern const struct sample samples[];

#endif
