package top.xtlsoft.stoppablecontainer.e2e.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Pages whose commands the test types: {@code docs/page.md}, or a section, {@code docs/page.md#Its
 * heading}. The test fails if it has not typed all of them.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Types {

  /** Pages and sections. */
  String[] value();
}
