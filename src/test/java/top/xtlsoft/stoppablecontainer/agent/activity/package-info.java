@NullMarked
package top.xtlsoft.stoppablecontainer.agent.activity;

import org.jspecify.annotations.NullMarked;
