package top.xtlsoft.stoppablecontainer.e2e.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import top.xtlsoft.stoppablecontainer.e2e.soak.Step.Action;

/** Plans the rounds from a seed only, independent of events, so that a run can be replayed. */
final class RoundPlanner {

  private static final int MOST_ACTIONS = 3;
  private static final int MOST_FAULTS = 3;
  private static final int LONGEST_PAUSE_MS = 600;

  private final Random random;
  private final SortedMap<String, Boolean> running = new TreeMap<>();
  private final List<Fault> deck = new ArrayList<>();

  /** All boxes run when the first round begins. */
  RoundPlanner(long seed, List<String> boxes) {
    random = new Random(seed);
    boxes.forEach(box -> running.put(box, true));
  }

  /** Returns a new number at each call. */
  int number() {
    return random.nextInt(1, Integer.MAX_VALUE);
  }

  /** The steps of the next round, in their order. */
  List<Step> next() {
    List<Step> steps = new ArrayList<>();
    List<String> ranBefore = running.keySet().stream().filter(running::get).toList();
    int faults = random.nextInt(1, MOST_FAULTS + 1);
    for (int i = 0; i < faults; i++) {
      Fault fault = draw();
      boolean needsRunning = fault.needsRunning() && !ranBefore.isEmpty();
      steps.add(new Step.Strike(fault, any(needsRunning ? ranBefore : boxes())));
    }
    List<String> shuffled = new ArrayList<>(boxes());
    Collections.shuffle(shuffled, random);
    shuffled
        .subList(0, random.nextInt(1, Math.min(MOST_ACTIONS, shuffled.size()) + 1))
        .forEach(box -> steps.add(new Step.Act(act(box), box)));
    Collections.shuffle(steps, random);

    List<Step> paused = new ArrayList<>();
    for (Step step : steps) {
      paused.add(step);
      paused.add(new Step.Pause(Duration.ofMillis(random.nextInt(LONGEST_PAUSE_MS))));
    }
    return paused;
  }

  /** Each kind comes twice before any comes a third time; a slow one comes once. */
  private Fault draw() {
    if (deck.isEmpty()) {
      for (Fault fault : Fault.values()) {
        deck.add(fault);
        if (!fault.isSlow()) {
          deck.add(fault);
        }
      }
      Collections.shuffle(deck, random);
    }
    return deck.removeLast();
  }

  private Action act(String box) {
    int dice = random.nextInt(100);
    if (dice < 8) {
      return Action.RECREATE;
    }
    if (dice < 15) {
      return Action.EDIT;
    }
    if (dice < 23) {
      return Action.EXEC;
    }
    if (dice < 35) {
      return Action.SNAPSHOT;
    }
    if (dice < 43) {
      return Action.CLONE;
    }
    if (dice < 51) {
      running.put(box, false);
      return Action.RESTORE;
    }
    boolean runs = running.get(box);
    if (runs && dice < 60) {
      return Action.RESTART;
    }
    running.put(box, !runs);
    if (runs) {
      return random.nextBoolean() ? Action.STOP : Action.LEAVE;
    }
    return random.nextInt(10) < 3 ? Action.START : Action.CONNECT;
  }

  private List<String> boxes() {
    return List.copyOf(running.keySet());
  }

  private String any(List<String> boxes) {
    return boxes.get(random.nextInt(boxes.size()));
  }
}
