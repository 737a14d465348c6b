import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Java: collections, threads, direct buffers and zlib, whose memory comes from malloc. */
public class Work {
    static void tell(String name, byte[] data) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(data);
        StringBuilder line = new StringBuilder(name).append(' ');
        for (int i = 0; i < 12; i++)
            line.append(String.format("%02x", hash[i]));
        System.out.println(line);
    }

    static byte[] pack(byte[] text, int level) throws Exception {
        Deflater deflater = new Deflater(level);
        deflater.setInput(text);
        deflater.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (!deflater.finished())
            out.write(buffer, 0, deflater.deflate(buffer));
        deflater.end();
        Inflater inflater = new Inflater();
        inflater.setInput(out.toByteArray());
        byte[] back = new byte[text.length];
        int got = inflater.inflate(back);
        inflater.end();
        if (got != text.length || !java.util.Arrays.equals(text, back))
            throw new IllegalStateException("inflate");
        return out.toByteArray();
    }

    static long churn(int seed) {
        List<ByteBuffer> kept = new ArrayList<>();
        long sum = 0;
        for (int step = 0; step < 400; step++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 + step * seed * 131 % 60000);
            buffer.put(buffer.capacity() - 1, (byte) step);
            kept.add(buffer);
            if (kept.size() > 50)
                sum = sum * 31 + kept.remove(step * 7 % 50).capacity();
        }
        for (ByteBuffer buffer : kept)
            sum = sum * 31 + buffer.get(buffer.capacity() - 1);
        return sum;
    }

    public static void main(String[] args) throws Exception {
        byte[] text = Files.readAllBytes(Path.of(System.getenv("GEN"), "text.txt"));
        List<String> words = List.of(new String(text, StandardCharsets.UTF_8).split("\\s+"));
        Map<String, Long> count = words.stream()
            .collect(Collectors.groupingBy(word -> word, TreeMap::new, Collectors.counting()));
        tell("count", count.toString().getBytes());
        var pool = Executors.newFixedThreadPool(4);
        List<Callable<byte[]>> tasks = new ArrayList<>();
        for (int k = 1; k <= 8; k++) {
            int level = k;
            tasks.add(() -> pack(text, level));
        }
        for (var made : pool.invokeAll(tasks))
            tell("pack", made.get());
        List<Callable<Long>> churns = new ArrayList<>();
        for (int k = 1; k <= 8; k++) {
            int seed = k;
            churns.add(() -> churn(seed));
        }
        StringBuilder sums = new StringBuilder();
        for (var sum : pool.invokeAll(churns))
            sums.append(sum.get()).append(' ');
        tell("churn", sums.toString().getBytes());
        pool.shutdown();
        System.gc();
        System.out.println("done");
    }
}
