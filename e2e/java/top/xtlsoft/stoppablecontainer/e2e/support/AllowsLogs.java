package top.xtlsoft.stoppablecontainer.e2e.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Lines at WARN or ERROR that the test expects in the operator's or agent's log. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface AllowsLogs {

  /** Regular expressions; a line is expected if one of them matches a part of it. */
  String[] value();
}
