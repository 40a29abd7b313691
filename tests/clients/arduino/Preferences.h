// What is kept is a file of the working folder.
#ifndef ARDUINO_PREFERENCES_H
#define ARDUINO_PREFERENCES_H

#include "Arduino.h"

struct Preferences {
	void
	begin(const char *)
	{
	}
	unsigned
	getUInt(const char *name)
	{
		unsigned v = 0;

		std::ifstream(name) >> v;
		return v;
	}
	void
	putUInt(const char *name, unsigned v)
	{
		std::ofstream(name) << v;
	}
	void
	end()
	{
	}
};

#endif
