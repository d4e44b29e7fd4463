package top.xtlsoft.stoppablecontainer.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import top.xtlsoft.stoppablecontainer.operator.pass.Decision;
import top.xtlsoft.stoppablecontainer.operator.pass.Given;

class DecidedTest {

  private final CamelContext camel = new DefaultCamelContext();
  private final Decided language = new Decided();

  @ParameterizedTest
  @CsvSource({
    "DeleteConsumer,true",
    "DeleteProvider,false",
    "DeleteProvider | DeleteConsumer,true",
    "Nothing|Await,false"
  })
  void holdsForTheTypesThatItNames(String names, boolean holds) {
    Exchange exchange = new DefaultExchange(camel);
    exchange
        .getMessage()
        .setBody(
            Given.pass(Given.sc(true), null, null, null)
                .decide(new Decision.DeleteConsumer("it was lost")));
    assertEquals(holds, language.createPredicate(names).matches(exchange));
    assertEquals(holds, language.createExpression(names).evaluate(exchange, Boolean.class));
  }

  @Test
  void refusesNameThatNoDecisionHas() {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> language.createPredicate("DeleteConsumer | DeleteConsumr"));
    assertTrue(refused.getMessage().contains("DeleteConsumr"), refused.getMessage());
  }
}
