#nullable enable

using System;
using System.Collections.Generic;

namespace Dreambridge
{
    /// <summary>What became of a save slot that was loaded.</summary>
    public sealed class SlotLoaded
    {
        internal SlotLoaded(bool exact, string reason, string[] leftOut, bool cutscene)
        {
            Exact = exact;
            Reason = reason;
            LeftOut = leftOut;
            Cutscene = cutscene;
        }

        /// <summary>The next frame is the one that would have come next. Otherwise the picture was made again from the directions.</summary>
        public bool Exact { get; }

        /// <summary>Why it is not exact, or why the cutscene does not go on; empty: it is, and does.</summary>
        public string Reason { get; }

        /// <summary>Conditions that this bundle does not have, or refused.</summary>
        public string[] LeftOut { get; }

        /// <summary>A cutscene goes on.</summary>
        public bool Cutscene { get; }
    }

    // A stream in a game's own save, as one text (protocol/SAVE.md).
    public sealed partial class DreamSession
    {
        /// <summary>The stream as one text: its state, its conditions and the cutscene that plays. Vista's has about 40,000 characters.</summary>
        public bool SaveSlot(Action<string?, DreamError?> done)
        {
            if (Info == null)
                return false;
            var info = Info;
            return Snapshot((data, error) =>
            {
                // A model on another machine gives its state to nobody, and a large state fits into no message: the directions are saved
                // without it.
                if (data == null && error?.Code is ErrorCodes.NotSupported or ErrorCodes.TooLarge)
                    data = Array.Empty<byte>();
                if (data == null)
                {
                    done(null, error);
                    return;
                }
                done(DreamJson.Write(new DreamMap
                {
                    ["format"] = "1.0", ["bundle"] = info.Bundle, ["version"] = info.Version, ["digest"] = info.Digest, ["seed"] = info.Seed,
                    ["directions"] = new DreamValue[] { new DreamMap { ["values"] = DreamSlot.Packed(Effective) } },
                    ["cutscene"] = Cutscene.Saved(), ["snapshot"] = Convert.ToBase64String(data),
                }), null);
            });
        }

        /// <summary>
        /// Go back to what <see cref="SaveSlot"/> gave, also after a restart of game and daemon. A text that is no slot is bad_snapshot, and
        /// nothing changes. False when no stream is open; else <paramref name="done"/> is called once. A save does not hold the files of its cutscene:
        /// <paramref name="documentOf"/> gets the text of the saved document, and gives the game's document with the files (null: there is none). Without
        /// it they are those of the cutscene that was loaded last.
        /// </summary>
        public bool RestoreSlot(string text, Action<SlotLoaded?, DreamError?> done, Func<string, CutsceneDocument?>? documentOf = null)
        {
            if (!HasStream || Info == null)
                return false;
            var slot = DreamSlot.Read(text, out var wrong);
            if (slot == null)
            {
                done(null, new DreamError(ErrorCodes.BadSnapshot, wrong, "Pass what SaveSlot gave, unchanged."));
                return true;
            }
            if (slot.Misfit(Info) is { } why)
                RestoreAgain(slot, why, done, documentOf);
            else if (slot.Snapshot.Length == 0)
                RestoreAgain(slot, "The save has no state of the model: it ran on another machine, or its state is too large for a save.", done, documentOf);
            else
                LoadCutsceneOf(slot, documentOf, lost =>
                {
                    if (!Restore(slot.Snapshot, error => Restored(slot, lost, error, done, documentOf)))
                        done(null, DreamError.Gone());
                });
            return true;
        }

        void Restored(DreamSlot slot, string lost, DreamError? error, Action<SlotLoaded?, DreamError?> done, Func<string, CutsceneDocument?>? documentOf)
        {
            if (error == null)
                done(new SlotLoaded(true, lost, Array.Empty<string>(), slot.Document != null && lost.Length == 0), null);
            else if (error.Code == ErrorCodes.BadSnapshot)
                RestoreAgain(slot, error.Message, done, documentOf);
            else
                done(null, error);
        }

        /// <summary>From a fresh state, by the directions; what the bundle refuses is left out.</summary>
        void RestoreAgain(DreamSlot slot, string why, Action<SlotLoaded?, DreamError?> done, Func<string, CutsceneDocument?>? documentOf)
        {
            var wanted = new DreamMap();
            var leftOut = new SortedSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < slot.Values.Count; i++)
            {
                if (Info!.Conditions.Find(slot.Values.KeyAt(i)) == null)
                    leftOut.Add(slot.Values.KeyAt(i));
                else
                    wanted[slot.Values.KeyAt(i)] = slot.Values.ValueAt(i);
            }
            var none = new DreamMap();
            for (var i = 0; i < Effective.Count; i++)
                none[Effective.KeyAt(i)] = DreamValue.Nil;
            // The daemon carries out in the order in which it is asked; the last answer ends it.
            DreamError? failed = null;
            var coming = 1;
            void Came(string? condition, DreamError? error)
            {
                if (error != null && condition != null && Array.IndexOf(DreamSlot.Refusals, error.Code) >= 0)
                {
                    leftOut.Add(condition);
                    wanted.Remove(condition);
                }
                else
                    failed ??= error;
                if (--coming > 0)
                    return;
                if (failed != null)
                    done(null, failed);
                else
                    Again();
            }
            void Again()
            {
                Effective.CopyFrom(wanted);
                _want.Seed = Info!.Seed = slot.Seed;
                LoadCutsceneOf(slot, documentOf, lost =>
                {
                    var names = new string[leftOut.Count];
                    leftOut.CopyTo(names);
                    void End(string whyNot) => done(new SlotLoaded(
                        false, $"{why.Trim()} The picture was made again from the directions. {whyNot}".Trim(), names, slot.Document != null && whyNot.Length == 0), null);
                    if (slot.Document == null || lost.Length > 0)
                        End(lost);
                    else if (!Cutscene.Play(slot.Shot, null, 0, slot.Variables, (_, error) => End(error?.Message ?? "")))
                        End("The cutscene could not be played.");
                });
            }
            if (!AskValues(Messages.Cut, none, slot.Seed, (_, error) => Came(null, error)))
            {
                done(null, DreamError.Gone());
                return;
            }
            foreach (var condition in wanted.Names())
            {
                coming++;
                if (!AskValues(Messages.Direct, new DreamMap { [condition] = wanted[condition] }, -1, (_, error) => Came(condition, error)))
                    Came(null, DreamError.Gone());
            }
        }

        bool AskValues(string type, DreamMap values, long seed, Action<DreamMap?, DreamError?> done)
        {
            if (!(BeginRequest(type, 3) is { } w))
                return false;
            w.Text("values");
            w.Map(values);
            w.Text(seed >= 0 ? "seed" : "over");
            w.Int(Math.Max(seed, 0));
            return SendRequest(new Reply(done), 0);
        }

        /// <summary>The document of the slot in the stream, with the game's files; <paramref name="then"/> gets why not, or an empty text.</summary>
        void LoadCutsceneOf(DreamSlot slot, Func<string, CutsceneDocument?>? documentOf, Action<string> then)
        {
            if (slot.Document == null || Cutscene.HasText(slot.Document))
                then("");
            else
                Cutscene.Load(Cutscene.DocumentWithFiles(slot.Document, documentOf), error =>
                    then(error == null ? "" : $"The cutscene of the save could not be loaded: {error.Message}"));
        }
    }
}
