# A Sidekiq application as any, with the Redis at REDIS_URL. As a program it hands in its jobs and waits for their end.
require 'sidekiq'
require 'sidekiq/api'

# Due jobs are looked for every few seconds by default.
Sidekiq.configure_server { |config| config.average_scheduled_poll_interval = 1 }

class Fast
  include Sidekiq::Worker
  sidekiq_options queue: 'high', retry: 3
  sidekiq_retry_in { |_count, _error| 1 }

  def perform(number)
    first = Sidekiq.redis { |redis| redis.incr("tries:#{number}") } == 1
    raise 'the first try fails' if first && (number % 10).zero?

    Sidekiq.redis { |redis| redis.incr("ran:#{number}") }
  end
end

class Slow
  include Sidekiq::Worker
  sidekiq_options queue: 'low'

  def perform(number)
    Sidekiq.redis { |redis| redis.incr("ran:#{number}") }
  end
end

if $PROGRAM_NAME == __FILE__
  200.times { |number| Fast.perform_async(number) }
  Sidekiq::Client.push_bulk('class' => Slow, 'args' => (200...250).map { |number| [number] })
  20.times { |number| Slow.perform_in(1, 250 + number) }
  ran = nil
  600.times do
    ran = Sidekiq.redis { |redis| redis.mget(*(0...270).map { |number| "ran:#{number}" }) }
    break if ran.all?

    sleep 0.1
  end
  puts ran.all? { |count| count == '1' } ? 'each once' : ran.inspect
  puts Sidekiq::Queue.all.map { |queue| [queue.name, queue.size] }.inspect
  puts [Sidekiq::RetrySet.new.size, Sidekiq::ScheduledSet.new.size, Sidekiq::DeadSet.new.size].inspect
end
