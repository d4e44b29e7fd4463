package top.xtlsoft.stoppablecontainer.agent.request;

import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.SynchronizationAdapter;
import top.xtlsoft.stoppablecontainer.agent.Job;
import top.xtlsoft.stoppablecontainer.camel.ScHeaders;

/**
 * Makes the pod's open request the body, null when there is none, and lets go of the requester when
 * the exchange is done, however it ends.
 */
public final class RequestProcessor implements Processor {

  /** Exchange property: the {@link PodRequest} that is worked on. */
  public static final String REQUEST = "ScRequest";

  private final RequestOpener opener;
  private final RequestAnswerer answerer;

  public RequestProcessor(RequestOpener opener, RequestAnswerer answerer) {
    this.opener = opener;
    this.answerer = answerer;
  }

  @Override
  public void process(Exchange exchange) {
    String key = exchange.getMessage().getHeader(ScHeaders.KEY, String.class);
    Optional<PodRequest> request = opener.open(key);
    request.ifPresent(
        open ->
            exchange
                .getExchangeExtension()
                .addOnCompletion(
                    new SynchronizationAdapter() {
                      @Override
                      public void onDone(Exchange done) {
                        open.close();
                      }
                    }));
    exchange.setProperty(REQUEST, request.orElse(null));
    exchange.setProperty(
        Job.PROPERTY, request.map(open -> new RequestJob(open, answerer)).orElse(null));
    exchange.getMessage().setBody(request.orElse(null));
  }
}
