/* Standard input, output and error, where they are devices of the first root. */
#ifndef SC_EXEC_DEVICES_H
#define SC_EXEC_DEVICES_H

void renew_devices(void);

#endif
