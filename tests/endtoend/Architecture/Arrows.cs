using Mono.Cecil;

namespace MnistAdder.EndToEnd.Tests.Architecture;

/// <summary>What points at what, and an example or two of why.</summary>
internal sealed class Arrows
{
    private const int MaximumExamples = 2;

    private readonly SortedDictionary<string, SortedDictionary<string, List<string>>> _arrows = new(StringComparer.Ordinal);

    /// <summary>The arrows between the folders of a project.</summary>
    public static Arrows BetweenFoldersOf(Project project)
    {
        using ModuleDefinition module = project.Open();
        SourceFolders folders = SourceFolders.Read(module);
        var arrows = new Arrows();
        foreach (TypeDefinition type in module.Types)
        {
            if (folders[type] is not { } from)
                continue;
            foreach (TypeDefinition mentioned in Mentions.Of(type))
            {
                if (folders[mentioned] is { } to)
                    arrows.Add(from, to, $"{type.Name} -> {mentioned.Name}");
            }
        }

        return arrows;
    }

    /// <summary>Draws an arrow, unless it would point at its own start.</summary>
    public void Add(string from, string to, string example)
    {
        if (from == to)
            return;
        if (!_arrows.TryGetValue(from, out SortedDictionary<string, List<string>>? targets))
            _arrows.Add(from, targets = new SortedDictionary<string, List<string>>(StringComparer.Ordinal));
        if (!targets.TryGetValue(to, out List<string>? examples))
            targets.Add(to, examples = []);
        if (examples.Count < MaximumExamples)
            examples.Add(example);
    }

    /// <summary>The shortest ways round from each start, without those that share an arrow with one before.</summary>
    /// <returns>For each cycle a text with its arrows, a line each, and their examples; none where all arrows run one way.</returns>
    public IReadOnlyList<string> Cycles()
    {
        var cycles = new List<string>();
        var told = new HashSet<(string From, string To)>();
        foreach (string start in _arrows.Keys)
        {
            if (ShortestWayBack(start) is not { } way)
                continue;
            (string From, string To)[] cycle = [.. way.Zip([.. way.Skip(1), start])];
            if (told.Overlaps(cycle))
                continue;
            told.UnionWith(cycle);
            cycles.Add(string.Join('\n', cycle.Select(Describe)));
        }

        return cycles;
    }

    private List<string>? ShortestWayBack(string start)
    {
        var cameFrom = new Dictionary<string, string>();
        var queue = new Queue<string>([start]);
        while (queue.TryDequeue(out string? here))
        {
            if (!_arrows.TryGetValue(here, out SortedDictionary<string, List<string>>? targets))
                continue;
            foreach (string next in targets.Keys)
            {
                if (!cameFrom.TryAdd(next, here))
                    continue;
                if (next == start)
                    return WayTo(here, start, cameFrom);
                queue.Enqueue(next);
            }
        }

        return null;
    }

    private static List<string> WayTo(string end, string start, Dictionary<string, string> cameFrom)
    {
        List<string> way = [end];
        while (way[^1] != start)
            way.Add(cameFrom[way[^1]]);
        way.Reverse();
        return way;
    }

    private string Describe((string From, string To) arrow) => $"{arrow.From} -> {arrow.To} ({string.Join("; ", _arrows[arrow.From][arrow.To])})";
}
