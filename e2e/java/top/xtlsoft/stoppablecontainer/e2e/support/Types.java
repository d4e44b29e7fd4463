package top.xtlsoft.stoppablecontainer.e2e.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Pages whose commands the test types, all of them: {@code docs/page.md}, or a section of one,
 * {@code docs/page.md#Its heading}. A test that ends without having typed one of them fails.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Types {

  /** Pages and sections. */
  String[] value();
}
