using System.CommandLine;

namespace MnistAdder.Commands.Doctor;

/// <summary><c>doctor</c>: what a bug report needs, and whether each device computes.</summary>
internal static class DoctorCommand
{
    /// <summary>The command of a program.</summary>
    /// <param name="examine">Looks at the machine with what that program computes with.</param>
    /// <param name="options">The program's own options.</param>
    public static Command Create(Func<ParseResult, DoctorReport> examine, params ReadOnlySpan<Option> options)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of a table." };
        var command = new Command("doctor", "Describe this machine and try each device: what a bug report needs. Ends with 1 where one fails.");
        foreach (Option option in options)
            command.Options.Add(option);
        command.Options.Add(json);
        command.SetAction(parsed => examine(parsed).Print(parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        return command;
    }
}
